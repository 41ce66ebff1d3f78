/** What the journey of one profile is made of, by a few ranges of indexes; each has a limit. */
import type { Pool } from 'pg';
import type { PurchaseDay } from '../core/profile-journey.ts';
import { activeDayOfPart, isIdentified, profileParts } from './profile-parts.ts';

export interface JourneyAsked {
  profile: string;
  /** The last day that counts. */
  day: number;
}

export interface ActivityDays {
  isIdentified: boolean;
  /** In the order of the activities; null without an active day. */
  lastDays: (number | null)[];
}

/** @param activities numbers of their definitions */
export async function findLastDays(
  pool: Pool,
  generation: number,
  { profile, day }: JourneyAsked,
  activities: readonly number[],
): Promise<ActivityDays> {
  const { rows } = await pool.query<{ isIdentified: boolean | null; lastDays: (number | null)[] }>(
    `select (select ${isIdentified} from (${profileParts('$2::uuid')}) as part) as "isIdentified",
            array(
              select (
                select max(${activeDayOfPart('max', 'asked.activity', 'day <= $3::int')})
                from (${profileParts('$2::uuid')}) as part)
              from unnest($4::smallint[]) with ordinality as asked (activity, place) order by place) as "lastDays"`,
    [generation, profile, day, activities],
  );
  const [row] = rows;
  return { isIdentified: row?.isIdentified === true, lastDays: row?.lastDays ?? [] };
}

/** Of the days with purchases, the latest ones. */
export const maxPurchaseDays = 10_000;

/** @param activity number of its definition */
export async function findPurchaseDays(
  pool: Pool,
  generation: number,
  { profile, day }: JourneyAsked,
  activity: number,
): Promise<PurchaseDay[]> {
  const { rows } = await pool.query<PurchaseDay>(
    `select bought.day, sum(bought.count)::int as transactions
     from (${profileParts('$2::uuid')}) as part
     cross join lateral (
       select day, count from metrics.activity_day
       where identifier = part.id and (is_attached or part.root = part.id) and activity = $4 and day <= $3
         and generation + 0 = $1) as bought
     group by bought.day order by bought.day desc limit ${maxPurchaseDays}`,
    [generation, profile, day, activity],
  );
  return rows;
}

/** The last day with a mark of the stage; of the latest 10,000 stage-bearing touchpoints of each part. */
export async function findLastStageDay(
  pool: Pool,
  generation: number,
  { profile, day }: JourneyAsked,
  stage: string,
): Promise<number | null> {
  const marks = (condition: string) => `
    (select day, stage from metrics.stage_mark where ${condition} and day <= $3 and generation + 0 = $1
     order by day desc limit 10000)`;
  const { rows } = await pool.query<{ day: number | null }>(
    `select max(mark.day) as day
     from (${profileParts('$2::uuid')}) as part
     cross join lateral (
       ${marks('identifier = part.id and part.root = part.id')}
       union all
       ${marks('root = part.id and root <> identifier')}) as mark
     where mark.stage = $4`,
    [generation, profile, day, stage],
  );
  return rows[0]?.day ?? null;
}

export interface CurrencyTotals {
  currency: string;
  sales: number;
  refunds: number;
  /** Minor units; `refunded` is negative. */
  revenue: number;
  refunded: number;
  cost: number;
}

/** By currency; sales without an amount have none. */
export async function findRevenue(
  pool: Pool,
  generation: number,
  { profile, day }: JourneyAsked,
  activity: number,
): Promise<CurrencyTotals[]> {
  const { rows } = await pool.query<CurrencyTotals>(
    `select sold.currency, sum(sold.sales)::int as sales, sum(sold.refunds)::int as refunds,
            sum(sold.revenue)::bigint as revenue, sum(sold.refunded)::bigint as refunded, sum(sold.cost)::bigint as cost
     from (${profileParts('$2::uuid')}) as part
     cross join lateral (
       select * from metrics.sales_day
       where identifier = part.id and (is_attached or part.root = part.id) and activity = $4 and day <= $3
         and generation + 0 = $1) as sold
     where sold.currency <> ''
     group by sold.currency order by sold.currency`,
    [generation, profile, day, activity],
  );
  return rows;
}

export interface JourneyMark {
  occurredAt: Date;
  day: number;
  stage: string;
  channel: string | null;
  source: string;
  id: string;
}

export interface MarkPosition {
  /** ms since 1970 */
  at: number;
  source: string;
  id: string;
}

/** Stage-bearing touchpoints, latest first. @param limit one more than are wanted says that there are more */
export async function findJourneyMarks(
  pool: Pool,
  generation: number,
  { profile, day }: JourneyAsked,
  { after, limit }: { after: MarkPosition | null; limit: number },
): Promise<JourneyMark[]> {
  const place = `occurred_at desc, source collate "C" desc, touchpoint_id collate "C" desc`;
  const marks = (condition: string) => `
    (select occurred_at, day, stage, channel, source, touchpoint_id as id from metrics.stage_mark
     where ${condition} and day <= least($3, $7::int) and generation + 0 = $1
       and ($4::timestamptz is null
         or (occurred_at, source collate "C", touchpoint_id collate "C") < ($4, $5::text collate "C", $6::text collate "C"))
     order by day desc, ${place} limit $8)`;
  const { rows } = await pool.query<JourneyMark>(
    `select mark.occurred_at as "occurredAt", mark.day, mark.stage, mark.channel, mark.source, mark.id
     from (${profileParts('$2::uuid')}) as part
     cross join lateral (
       ${marks('identifier = part.id and part.root = part.id')}
       union all
       ${marks('root = part.id and root <> identifier')}) as mark
     order by mark.occurred_at desc, mark.source collate "C" desc, mark.id collate "C" desc limit $8`,
    [
      generation,
      profile,
      day,
      after === null ? null : new Date(after.at).toISOString(),
      after?.source ?? '',
      after?.id ?? '',
      // A zone's clock is less than a day from UTC's, so later days hold nothing that is earlier.
      after === null ? 2_147_483_647 : Math.floor(after.at / 86_400_000) + 1,
      limit,
    ],
  );
  return rows;
}
