/**
 * Stages of profiles as spans of days, by Postgres' own ranges, and from them occupancy, transitions and spells; changes of
 * channel from the last touchpoints of days. Nothing here is shared with the step functions of `core`.
 */
import type { PoolClient } from 'pg';

/** Days; a longer spell counts as one day longer. */
const longestSpell = 180;

/** The latest stage-bearing touchpoint of each day. */
const stageDaysStatement = `
  create temporary table verified_stage_day on commit drop as
  select distinct on (profile, day) profile, day, stage,
    case when by_server or channel in ('web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat')
      then channel end as channel
  from verified_fact where stage is not null and profile is not null
  order by profile, day, occurred_at desc, source collate "C" desc, touchpoint_id collate "C" desc`;

const purchasesStatement = `
  create temporary table verified_purchase on commit drop as
  select profile, min(day) as first, min(day) filter (where purchases > 1) as second
  from (
    select profile, day, sum(occurrences) over (partition by profile order by day) as purchases
    from verified_occurrence where activity = 'purchase') as running
  group by profile`;

/** Every stage span is cut by relationship and then by whether there was engagement within the last lapse days. */
const piecesStatement = (lapseDays: number) => `
  create temporary table verified_stage_piece on commit drop as
  with stage_span as (
    select profile, stage, int4range(day, lead(day) over (partition by profile order by day)) as days
    from verified_stage_day),
  engagement as (
    select profile, min(day) as first, range_agg(int4range(day, day + ${lapseDays})) as days
    from verified_occurrence where activity = 'engagement' group by profile),
  not_lapsed as (
    select start.profile,
           coalesce(engagement.days, '{}'::int4multirange)
             + case when start.day < coalesce(engagement.first, start.day + 1)
                 then int4multirange(int4range(start.day, least(start.day + ${lapseDays}, engagement.first)))
                 else '{}'::int4multirange end as days
    from (select profile, min(day) as day from verified_stage_day group by profile) as start
    left join engagement using (profile)),
  related as (
    select span.profile, span.stage, relation.relationship, span.days * relation.days as days
    from stage_span as span
    left join verified_purchase as purchase using (profile)
    cross join lateral (values
      ('prospect', int4range(null, purchase.first)),
      ('customer', case when purchase.first is null then 'empty' else int4range(purchase.first, purchase.second) end),
      ('repeat', case when purchase.second is null then 'empty' else int4range(purchase.second, null) end))
      as relation (relationship, days)
    where not isempty(span.days * relation.days))
  select profile, stage, relationship, unnest(int4multirange(related.days) * not_lapsed.days) as days
  from related join not_lapsed using (profile)
  union all
  select profile, 'lapsed', relationship, unnest(int4multirange(related.days) - not_lapsed.days)
  from related join not_lapsed using (profile)`;

const occupancyStatement = `
  insert into verified_change
  with edges as (
    select stage, relationship, lower(days) as day, 1 as amount from verified_stage_piece
    union all
    select stage, relationship, upper(days), -1 from verified_stage_piece where not upper_inf(days))
  select 'occupancy', jsonb_build_object('stage', stage, 'relationship', relationship), day, sum(amount)
  from edges group by stage, relationship, day`;

const before = `
  lag(stage) over (partition by profile order by lower(days)) as before_stage,
  lag(relationship) over (partition by profile order by lower(days)) as before_relationship`;

const transitionStatement = `
  insert into verified_change
  select 'transition',
         jsonb_strip_nulls(jsonb_build_object('fromStage', before_stage, 'fromRelationship', before_relationship,
           'toStage', stage, 'toRelationship', relationship)), day, count(*)
  from (select lower(days) as day, stage, relationship, ${before} from verified_stage_piece) as piece
  where (before_stage, before_relationship) is distinct from (stage, relationship)
  group by 2, 3`;

/** A spell begins where the stage is another than before, and ends where the next one begins. */
const dwellStatement = `
  insert into verified_change
  with entered as (
    select *, lag(day) over (partition by profile order by day) as began
    from (select profile, lower(days) as day, stage, ${before} from verified_stage_piece) as piece
    where before_stage is distinct from stage)
  select 'dwell', jsonb_build_object('stage', before_stage, 'relationship', before_relationship,
           'days', least(day - began, ${longestSpell + 1})), day, count(*)
  from entered where began is not null group by 2, 3`;

const channelStatement = `
  insert into verified_change
  with seen as (
    select profile, day, channel, lag(channel) over of_profile as before, row_number() over of_profile as place
    from verified_stage_day window of_profile as (partition by profile order by day))
  select 'channelTransition',
         jsonb_strip_nulls(jsonb_build_object('fromChannel', before, 'toChannel', channel, 'relationship',
           case when seen.day >= purchase.second then 'repeat' when seen.day >= purchase.first then 'customer'
                else 'prospect' end)), seen.day, count(*)
  from seen left join verified_purchase as purchase using (profile)
  where place > 1 and before is distinct from channel
  group by 2, 3`;

/** Adds to `verified_change`; the tables of `recomputeFacts` are there. */
export async function recomputeStages(client: PoolClient, lapseDays: number): Promise<void> {
  await client.query(stageDaysStatement);
  await client.query(purchasesStatement);
  await client.query('analyze verified_stage_day, verified_purchase');
  await client.query(piecesStatement(lapseDays));
  for (const statement of [occupancyStatement, transitionStatement, dwellStatement, channelStatement])
    await client.query(statement);
}
