/**
 * What the customers of cohorts spent, period by period after that of the cohort, from the sums of sales by identifier and day. It
 * reads the customers of the cohorts that are asked for and all their sales: there are no series of it, since a cell would be a
 * customer's own amount.
 */
import type { Pool } from 'pg';
import { isIdentified, profileParts } from './profile-parts.ts';

export interface CohortRevenueRange {
  generation: number;
  /** Numbers of the activities' definitions. */
  startActivity: number;
  purchase: number;
  /** In the cohort of the first period with the start activity, or in those of all. */
  mode: 'first' | 'recurring';
  /** First days of the periods, from that of the first cohort to the one after the last bucket of the last cohort. */
  starts: readonly number[];
  cohorts: number;
  cap: number;
  currency: string;
  /** Days with the start activity that are read at most. */
  maxDays: number;
}

export interface CohortRevenue {
  /** From 1. */
  cohort: number;
  /** From 0; of first cohorts one past the cap for what is later. */
  bucket: number;
  /** Minor units; sales less refunds. */
  net: number;
}

export interface CohortRevenuePage {
  /** Null where there are more days with the start activity than may be read. */
  revenue: CohortRevenue[] | null;
}

/** Own and attached rows of the parts that count. @param part a relation with id and root */
const rowsOf = (table: string, part: string, columns: string): string => `
  select ${columns} from metrics.${table} as held
  where held.identifier = ${part}.id and held.generation + 0 = $1 and (held.is_attached or ${part}.root = ${part}.id)`;

const statement = `
  with read as materialized (
    select day, identifier from metrics.activity_day
    where activity = $2 and day >= ($5::int[])[1] and day < ($5::int[])[$6::int + 1] and generation = $1 limit $9::int + 1),
  started as materialized (
    select distinct held.profile, width_bucket(read.day, $5::int[]) as cohort
    from read
    join metrics.identifier as own on own.id = read.identifier and own.generation = $1
    join metrics.identifier as held on held.id = own.root and held.generation = $1
    where (select count(*) from read) <= $9),
  customer as materialized (
    select started.profile, min(started.cohort) as first_cohort, array_agg(started.cohort) as cohorts
    from started group by started.profile),
  member as materialized (
    select customer.profile, member.cohort
    from customer
    cross join lateral (
      select ${isIdentified} as is_identified,
             min((select min(day) from (${rowsOf('activity_day', 'part', 'day, activity')}) as held where activity = $2)) as first_day
      from (${profileParts('customer.profile')}) as part) as whole
    cross join lateral unnest(
      case when $4 then case when whole.first_day >= ($5::int[])[1] then array[customer.first_cohort] else '{}' end
           else customer.cohorts end) as member (cohort)
    where whole.is_identified),
  sold as (
    select member.cohort, width_bucket(sale.day, $5::int[]) - member.cohort as bucket, sale.net
    from member
    cross join lateral (
      select sum_of.day, sum_of.net
      from (${profileParts('member.profile')}) as part
      cross join lateral (${rowsOf('sales_day', 'part', 'day, revenue + refunded as net, activity, currency')}) as sum_of
      where sum_of.activity = $3 and sum_of.currency = $8 and sum_of.day >= ($5::int[])[member.cohort]) as sale)
  select (select count(*) from read) > $9 as "isTooMany", cohort,
         least(bucket, $7::int + 1) as bucket, sum(net)::bigint as net
  from (values (0)) as always left join sold on bucket <= $7::int or $4
  group by cohort, least(bucket, $7::int + 1)`;

interface Row {
  isTooMany: boolean;
  cohort: number | null;
  bucket: number;
  net: number;
}

export async function readCohortRevenue(pool: Pool, range: CohortRevenueRange): Promise<CohortRevenuePage> {
  const { generation, startActivity, purchase, mode, starts, cohorts, cap, currency, maxDays } = range;
  const { rows } = await pool.query<Row>(statement, [
    generation,
    startActivity,
    purchase,
    mode === 'first',
    starts,
    cohorts,
    cap,
    currency,
    maxDays,
  ]);
  if (rows.some(({ isTooMany }) => isTooMany)) return { revenue: null };
  return {
    revenue: rows.flatMap(({ cohort, bucket, net }) => (cohort === null ? [] : [{ cohort, bucket, net }])),
  };
}
