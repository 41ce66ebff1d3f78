/**
 * By how much days that were closed were changed, by cause and quarter of an hour, folded or not, in one snapshot. A change
 * of the step from one day to the next is a change of all days from there on: the running sum of such changes, of one cause
 * and epoch, is what each day was restated by.
 */
import type { Pool } from 'pg';
import { reasonSpans } from './reason-spans.ts';

export interface Restatement {
  /** Beginning of the quarter of an hour in which it was written, ms since 1970. */
  quarter: number;
  cause: string;
  /** The last day that was closed then. */
  closedThrough: number;
  from: number;
  /** Included. */
  to: number;
  /** How much higher the series is on each of these days. */
  change: number;
  /** Some of the touchpoints or decisions that changed these days. */
  reasons: string[];
}

/** Where the last page ended: behind this restatement, or behind its whole quarter when there are only older ones. */
export type RestatementPosition =
  Pick<Restatement, 'quarter' | 'cause' | 'closedThrough' | 'from'> | { quarter: number };

export interface RestatementPage {
  restatements: Restatement[];
  next: RestatementPosition | null;
}

export interface RestatementQuery {
  series: number;
  /** Both included. */
  from: number;
  to: number;
  limit: number;
  after: RestatementPosition | null;
}

type RestatementRow = Omit<Restatement, 'quarter'> & { quarter: Date | null; oldest: Date | null };

/** Rows after which a page ends, with the end of a quarter, even if it has fewer restatements than were asked for. */
const maxRows = 10_000;
const maxReasons = 5;

/**
 * Newest quarters first; in a quarter by cause, by closed day descending and by day. A page of 100 of a series with
 * 400,000 changes: 60 ms on a busy machine.
 */
export async function readRestatements(pool: Pool, query: RestatementQuery): Promise<RestatementPage> {
  const { series, from, to, limit, after } = query;
  const position = after !== null && 'cause' in after ? after : null;
  const { rows } = await pool.query<RestatementRow>(restatementStatement, [
    series,
    from,
    to,
    limit + 1,
    after === null ? null : new Date(after.quarter).toISOString(),
    position?.cause ?? null,
    position?.closedThrough ?? null,
    position?.from ?? null,
    maxRows,
    maxReasons,
  ]);
  const oldest = rows[0]?.oldest?.getTime() ?? null;
  // Without a restatement there is one row, which only says how far the reading went.
  const found = rows.flatMap(({ oldest: _oldest, quarter, ...row }) =>
    quarter === null ? [] : [{ ...row, quarter: quarter.getTime() }],
  );
  const restatements = found.slice(0, limit);
  const last = restatements.at(-1);
  if (found.length > limit && last !== undefined) return { restatements, next: last };
  return { restatements, next: oldest === null ? null : { quarter: oldest } };
}

const restatementStatement = `
  with pending as materialized (
    select delta.id, delta.series, quarter, closed_through, cause, reason, days, amounts
    from metrics.delta join metrics.epoch on epoch.generation = delta.generation and epoch.number = delta.epoch
    where delta.series = $1 and days[1] <= closed_through),
  named as materialized (
    select quarter, closed_through, cause, reason, range_agg(days) as days
    from (${reasonSpans('pending')}) as span
    group by quarter, closed_through, cause, reason),
  reach as materialized (
    select (select quarter from metrics.figure_change
            where series = $1 and day <= closed_through
              and ($5::timestamptz is null or quarter < $5 or quarter = $5 and $6::text is not null)
            order by quarter desc offset $9 limit 1) as oldest),
  cells as (
    select quarter, closed_through, cause, day, amount from metrics.figure_change
    where series = $1 and day <= closed_through
      and quarter >= coalesce((select oldest from reach), '-infinity')
      and quarter <= coalesce($5::timestamptz, 'infinity')
    union all
    select quarter, closed_through, cause, cell.day, cell.amount
    from pending cross join lateral unnest(days, amounts) as cell (day, amount)
    where cell.day <= closed_through and quarter >= coalesce((select oldest from reach), '-infinity')),
  steps as (
    select quarter, closed_through, cause, greatest(day, $2::int) as day, sum(amount) as amount
    from cells where day <= $3::int and closed_through >= $2
    group by 1, 2, 3, 4 having sum(amount) <> 0),
  spans as (
    select quarter, closed_through, cause, day as first_day,
           least(lead(day) over steps_of_epoch - 1, closed_through, $3) as last_day,
           sum(amount) over steps_of_epoch as change
    from steps window steps_of_epoch as (partition by quarter, cause, closed_through order by day)),
  page as (
    select * from spans
    where change <> 0 and first_day <= last_day
      and ($5::timestamptz is null or quarter < $5 or quarter = $5 and (
        cause collate "C" > $6 or cause = $6 and (closed_through < $7::int or closed_through = $7 and first_day > $8::int)))
    order by quarter desc, cause collate "C", closed_through desc, first_day limit $4)
  select reach.oldest, page.quarter, page.cause, page.closed_through as "closedThrough", first_day as "from",
         last_day as "to", change::bigint as change, array(
    select reason from (
      select reason from metrics.change_reason as kept
      where series = $1 and kept.quarter = page.quarter and kept.cause = page.cause
        and kept.closed_through = page.closed_through and days && int4range(first_day, last_day, '[]')
      union
      select reason from named
      where named.quarter = page.quarter and named.cause = page.cause
        and named.closed_through = page.closed_through and days && int4range(first_day, last_day, '[]')) as example
    order by reason collate "C" limit $10) as reasons
  from reach left join page on true
  order by page.quarter desc, page.cause collate "C", page.closed_through desc, first_day`;
