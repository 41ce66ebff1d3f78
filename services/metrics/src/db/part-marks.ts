/** SQL of the stage marks of a profile, part by part: see `profileParts`. */
import { ofGeneration } from './of-generation.ts';
import { profileParts } from './profile-parts.ts';

/**
 * The first mark of the profile `asked.profile` that fulfils a condition: each part is read along its key.
 *
 * @param condition on stage marks
 */
export const firstPartMark = (condition: string): string => `
  select day, occurred_at from (${profileParts('asked.profile')}) as part
  cross join lateral (
    (select day, occurred_at from metrics.stage_mark
     where part.root = part.id and identifier = part.id and ${ofGeneration} and ${condition}
     order by day, occurred_at limit 1)
    union all
    (select day, occurred_at from metrics.stage_mark
     where root = part.id and root <> identifier and ${ofGeneration} and ${condition}
     order by day, occurred_at limit 1)) as mark
  order by day, occurred_at limit 1`;
