/**
 * Compares the histories that figures are changed by with what was recomputed from the facts. Figures may agree by chance
 * while a history is wrong, and go wrong with the next change of memberships.
 */
import type { PoolClient } from 'pg';
import { andInSample, type VerificationScope } from './verification-scope.ts';

/** Occurrences by profile: those of identifiers that are part of an identified one. */
const occurrencesStatement = `
  insert into verified_cell
  with maintained as (
    select definition.name as activity, member.profile, held.day, sum(held.count) as count
    from metrics.activity_day as held
    join metrics.definition on definition.id = held.activity
    join verified_member as member on member.id = held.identifier
    where held.generation = $1 and not held.is_attached
    group by definition.name, member.profile, held.day)
  select 'histories', 'occurrences', jsonb_build_object('activity', activity, 'profile', profile), day,
         coalesce(maintained.count, 0)::bigint, coalesce(recomputed.occurrences, 0)
  from maintained full join verified_occurrence as recomputed using (activity, profile, day)`;

/** What is attached to a root is the sum of what its identifiers have of their own. */
const attachedStatement = (scope: VerificationScope) => `
  insert into verified_cell
  with maintained as (
    select activity, identifier as root, day, count from metrics.activity_day where generation = $1 and is_attached
      ${andInSample(scope, 'identifier')}),
  recomputed as (
    select held.activity, identifier.root, held.day, sum(held.count) as count
    from metrics.activity_day as held
    join metrics.identifier on identifier.id = held.identifier and identifier.generation = held.generation
    where held.generation = $1 and not held.is_attached and identifier.root <> identifier.id
      ${andInSample(scope, 'identifier.root')}
    group by held.activity, identifier.root, held.day)
  select 'histories', 'attached', jsonb_build_object('activity', activity, 'root', root), day,
         coalesce(maintained.count, 0), coalesce(recomputed.count, 0)::bigint
  from maintained full join recomputed using (activity, root, day)`;

/** Every stage-bearing touchpoint has its mark, under its identifier and the root of that: 1 where it has. */
const marksStatement = (scope: VerificationScope) => `
  insert into verified_cell
  with marked as (
    select fact.identifier, staged.day, staged.occurred_at, staged.source, staged.touchpoint_id, staged.stage,
      case when staged.by_server or staged.channel in
        ('web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat') then staged.channel end as channel
    from verified_fact as staged
    join metrics.fact on fact.key = staged.key
    where staged.stage is not null ${andInSample(scope, 'fact.identifier')})
  select 'histories', 'stage_mark', jsonb_build_object('source', source, 'touchpoint', touchpoint_id),
         coalesce(held.day, marked.day),
         case when held.identifier is null then 0
              when marked.identifier is null then 1
              else ((held.identifier, held.day, held.occurred_at, held.stage, held.root)
                = (marked.identifier, marked.day, marked.occurred_at, marked.stage, identifier.root)
                and held.channel is not distinct from marked.channel)::int end,
         case when marked.identifier is null then 0 else 1 end
  from marked
  full join (
    select * from metrics.stage_mark where generation = $1 ${andInSample(scope, 'identifier')}) as held using (source, touchpoint_id)
  left join metrics.identifier on identifier.id = marked.identifier and identifier.generation = $1`;

/** How many of the identifiers that are attached to a root are identifying. */
const membershipsStatement = (scope: VerificationScope) => `
  insert into verified_cell
  select 'histories', 'attached_identifying', jsonb_build_object('root', root.id), 0, root.attached_identifying,
         coalesce(recomputed.identifying, 0)
  from metrics.identifier as root
  left join (
    select root, count(*) as identifying from metrics.identifier
    where generation = $1 and root <> id and identifying group by root) as recomputed on recomputed.root = root.id
  where root.generation = $1 ${andInSample(scope, 'root.id')} and (root.attached_identifying <> 0 or recomputed.identifying is not null)`;

/** Adds to `verified_cell`; the tables of `recomputeFacts` are there. */
export async function compareHistories(
  client: PoolClient,
  generation: number,
  scope: VerificationScope,
): Promise<void> {
  const scoped = [attachedStatement, marksStatement, membershipsStatement].map((statement) =>
    statement(scope),
  );
  for (const statement of [occurrencesStatement, ...scoped]) {
    await client.query(statement, [generation]);
  }
}
