/** The changes of series from day to day, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool, PoolClient } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import { asOfValues, seriesChangesAsOf } from './series-changes-as-of.ts';

export interface SeriesChange {
  series: number;
  day: number;
  amount: number;
}

/**
 * Ascending by day. What changed before the first day is summed on it, so an answer is no longer than its days. 100 days of
 * 31 series, each with changes on 45,000 days: 30 ms on a busy machine.
 *
 * @param seriesIds of the database
 * @param days first and last for which values are wanted
 * @param asOf the moment at which they stood so; null for now
 */
export async function readSeries(
  database: Pool | PoolClient,
  seriesIds: readonly number[],
  days: { from: number; to: number },
  asOf: AsOf | null = null,
): Promise<SeriesChange[]> {
  const ids = 'any($1::int[])';
  const { rows } = await database.query<SeriesChange>({
    text: `select series, greatest(day, $2::int) as day, sum(amount)::bigint as amount
           from (${asOf === null ? seriesChanges(ids) : seriesChangesAsOf(ids)}) as changes
           group by 1, 2
           order by 2`,
    values: [seriesIds, days.from, days.to, ...asOfValues(asOf)],
  });
  return rows;
}

/**
 * Changes of series up to the day $3; those before the day $2 in sums of blocks, as a change of the block's first day.
 *
 * @param ids what `series =` is compared with
 */
export function seriesChanges(ids: string): string {
  return `
    select series, block << 9 as day, amount from metrics.figure_block where series = ${ids} and block < $2::int >> 9
    union all
    select series, day, amount from metrics.figure_day
    where series = ${ids} and day >= ($2::int >> 9) << 9 and day <= $3::int
    union all
    select delta.series, cell.day, cell.amount
    from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)
    where delta.series = ${ids} and cell.day <= $3`;
}
