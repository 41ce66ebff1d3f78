/** SQL of the stage marks of a profile, part by part: what is attached to a part counts, and its own unless it is attached itself. */
import { ofGeneration } from './of-generation.ts';

/** The parts of the profile `asked.profile`, by two ranges of indexes. The generation is `$1`. */
export const profileParts = `
  select id, root, identifying, attached_identifying from metrics.identifier
  where id = asked.profile and profile = asked.profile and generation = $1
  union all
  select id, root, identifying, attached_identifying from metrics.identifier
  where profile = asked.profile and profile <> id and generation = $1`;

/** Whether a profile counts, over its parts. */
export const isIdentified =
  'bool_or(part.attached_identifying > 0 or part.identifying and part.root = part.id)';

/**
 * The first mark of the parts that fulfils a condition, each read along its key.
 *
 * @param condition on stage marks
 */
export const firstPartMark = (condition: string): string => `
  select day, occurred_at from (${profileParts}) as part
  cross join lateral (
    (select day, occurred_at from metrics.stage_mark
     where part.root = part.id and identifier = part.id and ${ofGeneration} and ${condition}
     order by day, occurred_at limit 1)
    union all
    (select day, occurred_at from metrics.stage_mark
     where root = part.id and root <> identifier and ${ofGeneration} and ${condition}
     order by day, occurred_at limit 1)) as mark
  order by day, occurred_at limit 1`;
