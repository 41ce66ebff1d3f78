/** The changes of series from day to day, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool, PoolClient } from 'pg';

export interface SeriesChange {
  series: number;
  day: number;
  amount: number;
}

/** Ascending by day. @param seriesIds of the database @param throughDay later changes are left out */
export async function readSeries(
  database: Pool | PoolClient,
  seriesIds: readonly number[],
  throughDay: number,
): Promise<SeriesChange[]> {
  const { rows } = await database.query<SeriesChange>({
    text: `select series, day, sum(amount)::bigint as amount
           from (
             select series, day, amount from metrics.figure_day where series = any($1) and day <= $2
             union all
             select delta.series, cell.day, cell.amount
             from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)
             where delta.series = any($1) and cell.day <= $2) as changes
           group by series, day
           order by day`,
    values: [seriesIds, throughDay],
  });
  return rows;
}
