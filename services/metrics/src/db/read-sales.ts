/** What sales come to by day, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import type { SalesMeasure } from '../core/sales-sums.ts';
import { asOfValues, seriesChangesAsOf } from './series-changes-as-of.ts';
import { seriesChangesAfter } from './series-changes-after.ts';

export interface SalesChange {
  measure: SalesMeasure;
  currency: string;
  /** Null where nothing is said, or nothing is grouped by. */
  group: string | null;
  /** Of a register, whose number is only unique in its store; null where nothing is grouped by registers. */
  store: string | null;
  day: number;
  amount: number;
}

export type SalesGrouping = 'store' | 'register' | 'channel';

export interface SalesRange {
  from: number;
  to: number;
  groupBy: SalesGrouping | null;
  /** Rows at most; one more than are wanted says that there are more. */
  limit: number;
  asOf: AsOf | null;
}

/** A range of the key for each series, of which there is one for each measure, currency, store, register and channel. */
export async function readSales(pool: Pool, generation: number, asked: SalesRange): Promise<SalesChange[]> {
  const { from, to, groupBy, limit, asOf } = asked;
  const { rows } = await pool.query<SalesChange>(
    `select substr(series.figure, 7) as measure, series.dimensions ->> 'currency' as currency,
            series.dimensions ->> $1 as group,
            case when $1 = 'register' then series.dimensions ->> 'store' end as store, change.day, sum(change.amount)::bigint as amount
     from metrics.series
     cross join lateral (${asOf === null ? seriesChangesAfter : seriesChangesAsOf('series.id')}) as change
     where series.generation = ${asOf === null ? '$5' : '$4'} and series.figure >= 'sales.' and series.figure < 'sales/'
       and change.day > $2
     group by 1, 2, 3, 4, 5 having sum(change.amount) <> 0
     limit ${asOf === null ? '$4' : '$7'}`,
    // What changed before the first day is summed on the day before it, and left out.
    [groupBy, from - 1, to, ...(asOf === null ? [limit, generation] : [...asOfValues(asOf), limit])],
  );
  return rows;
}
