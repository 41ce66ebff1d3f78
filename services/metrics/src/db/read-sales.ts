/** What sales come to by day, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import type { SalesMeasure } from '../core/sales-sums.ts';

export interface SalesChange {
  measure: SalesMeasure;
  currency: string;
  /** Null where nothing is said, or nothing is grouped by. */
  group: string | null;
  day: number;
  amount: number;
}

export type SalesGrouping = 'store' | 'register' | 'channel';

/**
 * A range of the key for each series, of which there is one for each measure, currency, store, register and channel.
 *
 * @param limit rows at most, one more than which says that there are more
 */
export async function readSales(
  pool: Pool,
  generation: number,
  asked: { from: number; to: number; groupBy: SalesGrouping | null; limit: number },
): Promise<SalesChange[]> {
  const { from, to, groupBy, limit } = asked;
  const { rows } = await pool.query<SalesChange>(
    `select substr(series.figure, 7) as measure, series.dimensions ->> 'currency' as currency,
            series.dimensions ->> $4 as group, change.day, sum(change.amount)::bigint as amount
     from metrics.series
     cross join lateral (
       select day, amount from metrics.figure_day where figure_day.series = series.id and day between $2 and $3
       union all
       select cell.day, cell.amount
       from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)
       where delta.series = series.id and cell.day between $2 and $3) as change
     where series.generation = $1 and series.figure >= 'sales.' and series.figure < 'sales/'
     group by 1, 2, 3, 4 having sum(change.amount) <> 0
     limit $5`,
    [generation, from, to, groupBy, limit],
  );
  return rows;
}
