/**
 * Cohorts by group: the customers of the cohorts that are asked for, each with what it is grouped by, and the periods in which it
 * came back. Read from the histories, as revenue is: cells kept by group would be written with every change of a group's value.
 */
import type { Pool } from 'pg';
import type { CohortSum } from '../core/cohort-report.ts';
import { takesFirst } from '../core/group-dimension.ts';
import { ofGeneration } from './of-generation.ts';
import { isIdentified, profileParts } from './profile-parts.ts';
import { cohortKeys } from './read-cohorts.ts';

export interface CohortGroupRange {
  generation: number;
  /** Numbers of the activities' definitions. */
  startActivity: number;
  activity: number;
  mode: 'first' | 'recurring';
  /** First days of the periods, from that of the first cohort to the one after the last bucket of the last cohort. */
  starts: readonly number[];
  cohorts: number;
  cap: number;
  /** Null where sums by bucket, and by the bucket before, are wanted. */
  brackets: readonly { from: number; to: number }[] | null;
  /** What is grouped by: the dimension and its place among those that touchpoints state. */
  dimensions: readonly { name: string; place: number }[];
  /** Groups that are named; the others are one. */
  maxGroups: number;
  /** Days with the start activity that are read at most. */
  maxDays: number;
}

export type CohortGroupSum = CohortSum & {
  /** From 1, the group with most customers first. */
  rank: number;
  /** By dimension; null for all groups past the last that is named. */
  group: (string | null)[] | null;
};

/** Of `part`: its own days where they count, and those attached to it. @param activity an expression */
const activeDays = (activity: string): string => `
  select held.day from metrics.activity_day as held
  where held.identifier = part.id and held.activity = ${activity} and held.${ofGeneration}
    and (held.is_attached or part.root = part.id)`;

const marks = (order: string): string => {
  const own = `select value, by_server, occurred_at, source, touchpoint_id from metrics.group_mark
    where group_mark.dimension = wanted.dimension and ${ofGeneration}`;
  return `
    (${own} and identifier = part.id and part.root = part.id order by ${order} limit 1)
    union all
    (${own} and root = part.id and root <> identifier order by ${order} limit 1)`;
};

const decisive = (condition: string, order: string): string => `
  (select mark.value from (${profileParts('customer.profile')}) as part cross join lateral (${marks(order)}) as mark
   where ${condition} order by ${order} limit 1)`;

const first = decisive('wanted.takes_first', 'by_server, occurred_at, source, touchpoint_id');
const latest = decisive(
  'not wanted.takes_first',
  'by_server desc, occurred_at desc, source desc, touchpoint_id desc',
);

const statement = (keys: string): string => `
  with read as materialized (
    select day, identifier from metrics.activity_day
    where activity = $2 and day >= ($5::int[])[1] and day < ($5::int[])[$6::int + 1] and generation = $1 limit $10::int + 1),
  started as materialized (
    select distinct held.profile, width_bucket(read.day, $5::int[]) as cohort
    from read
    join metrics.identifier as own on own.id = read.identifier and own.generation = $1
    join metrics.identifier as held on held.id = own.root and held.generation = $1
    where (select count(*) from read) <= $10::int),
  customer as materialized (
    select started.profile, min(started.cohort) as first_cohort, array_agg(started.cohort) as cohorts
    from started group by started.profile),
  grouped as materialized (
    select customer.*, whole.first_day, stated.own_group
    from customer
    cross join lateral (
      select ${isIdentified} as is_identified, min((select min(day) from (${activeDays('$2')}) as own)) as first_day
      from (${profileParts('customer.profile')}) as part) as whole
    cross join lateral (
      select array_agg(coalesce(${first}, ${latest}) order by wanted.place) as own_group
      from unnest($8::smallint[], $9::boolean[]) with ordinality as wanted (dimension, takes_first, place)) as stated
    where whole.is_identified),
  member as materialized (
    select grouped.profile, grouped.own_group, member.cohort
    from grouped
    cross join lateral unnest(
      case when $4 then case when grouped.first_day >= ($5::int[])[1] then array[grouped.first_cohort] else '{}' end
           else grouped.cohorts end) as member (cohort)),
  ranked as materialized (
    select own_group, row_number() over (order by count(*) desc, own_group::text collate "C") as rank from member group by own_group),
  returned as materialized (
    select distinct member.profile, member.own_group, member.cohort,
           least(width_bucket(held.day, $5::int[]) - member.cohort, $7::int + 1) as bucket
    from member
    cross join lateral (
      select own.day from (${profileParts('member.profile')}) as part
      cross join lateral (${activeDays('$3')}) as own
      where own.day >= ($5::int[])[member.cohort + 1]) as held),
  cell as (
    select own_group, cohort, 0 as bucket, -1 as previous from member
    union all
    select own_group, cohort, bucket, coalesce(lag(bucket) over (partition by profile, cohort order by bucket), 0)
    from returned where bucket <= $7::int or $4),
  summed as (
    select least(ranked.rank, $11::int + 1)::int as rank, cell.cohort, key.by, key.key, count(*) as amount
    from cell join ranked on ranked.own_group = cell.own_group
    cross join lateral (${keys}) as key
    group by 1, 2, 3, 4)
  select (select count(*) from read) > $10::int as "isTooMany", summed.rank, summed.cohort, summed.by, summed.key,
         summed.amount::bigint as amount,
         (select own_group from ranked where ranked.rank = summed.rank and summed.rank <= $11::int) as "group"
  from (values (0)) as always left join summed on true
  order by summed.rank`;

interface Row extends Omit<CohortGroupSum, 'rank'> {
  isTooMany: boolean;
  rank: number | null;
}

/** Null where there are more days with the start activity than may be read. */
export async function readCohortGroups(
  pool: Pool,
  range: CohortGroupRange,
): Promise<CohortGroupSum[] | null> {
  const { dimensions } = range;
  const values: unknown[] = [
    range.generation,
    range.startActivity,
    range.activity,
    range.mode === 'first',
    range.starts,
    range.cohorts,
    range.cap,
    dimensions.map(({ place }) => place),
    dimensions.map(({ name }) => takesFirst(name)),
    range.maxDays,
    range.maxGroups,
  ];
  const keys = cohortKeys(range.brackets, (value) => `$${values.push(value)}`);
  const { rows } = await pool.query<Row>(statement(keys), values);
  if (rows.some(({ isTooMany }) => isTooMany)) return null;
  return rows.flatMap(({ isTooMany: _isTooMany, rank, ...sum }) => (rank === null ? [] : [{ ...sum, rank }]));
}
