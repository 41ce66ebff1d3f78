/**
 * Changes of series as they stood at a moment. What a day came to when it closed is stored, and restatements have an index, so
 * the cost grows with the days that are asked for and with their restatements up to the moment, and not with the history.
 *
 * 1. A day that was closed at the moment: its value as it closed, and the restatements of it in earlier epochs.
 * 2. Days after it: the value of the last closed day, and the changes from day to day in earlier epochs.
 *
 * What is not folded yet counts in the epoch in which it was written.
 */

import type { AsOf } from '../core/as-of.ts';

/** $4 to $6 of the statement. */
export function asOfValues(asOf: AsOf | null): number[] {
  return asOf === null ? [] : [asOf.generation, asOf.epoch, asOf.closedThrough];
}

/**
 * As `seriesChanges`: up to the day $3, what changed before the day $2 on that day or earlier. $4 is the generation, $5 the
 * epoch and $6 the last closed day of the moment.
 *
 * @param ids what `series =` is compared with
 */
export function seriesChangesAsOf(ids: string): string {
  const first = 'least($2::int, $6::int)';
  const lastClosed = 'least($3::int, $6::int)';
  return `
    select series, day, amount - lag(amount, 1, 0::bigint) over (partition by series order by day) as amount
    from metrics.closed_figure where series = ${ids} and day between ${first} and ${lastClosed}
    union all
    select restated.series, cell.day, cell.amount
    from (
      select series, closed_through, day, amount from metrics.figure_change
      where series = ${ids} and day <= closed_through and day <= $3::int and epoch < $5::bigint
        and epoch >= (select number from metrics.epoch where generation = $4::smallint and closed_through >= ${first}
                      order by closed_through, number limit 1)
      union all
      select delta.series, closed_through, cell.day, cell.amount
      from metrics.delta
      join metrics.epoch on epoch.generation = delta.generation and epoch.number = delta.epoch
      cross join lateral unnest(days, amounts) as cell (day, amount)
      where delta.series = ${ids} and delta.epoch < $5 and closed_through >= ${first}
        and cell.day <= closed_through and cell.day <= $3) as restated
    cross join lateral (
      select greatest(restated.day, ${first}) as day, restated.amount
      union all
      select closed_through + 1, -restated.amount where closed_through < ${lastClosed}) as cell
    union all
    select series, day, amount from metrics.figure_change
    where series = ${ids} and day > $6 and day <= $3 and epoch < $5
    union all
    select delta.series, cell.day, cell.amount
    from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)
    where delta.series = ${ids} and delta.epoch < $5 and cell.day > $6 and cell.day <= $3`;
}
