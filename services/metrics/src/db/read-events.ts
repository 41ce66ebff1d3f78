/** What a figure counted on days, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import { asOfValues, seriesChangesAsOf } from './series-changes-as-of.ts';
import { seriesChangesAfter } from './series-changes-after.ts';

export interface EventCount {
  dimensions: Readonly<Record<string, string | number>>;
  /** The last one where days are not asked for apart. */
  day: number;
  count: number;
}

export interface EventQuestion {
  figure: 'transition' | 'dwell' | 'channelTransition';
  /** Both included. */
  from: number;
  to: number;
  /** Whether each day is counted apart. */
  byDay: boolean;
  /** Rows at most; one more than are wanted says that there are more. */
  limit: number;
  asOf: AsOf | null;
}

/** A range of the key for each series of the figure. */
export async function readEvents(
  pool: Pool,
  generation: number,
  { figure, from, to, byDay, limit, asOf }: EventQuestion,
): Promise<EventCount[]> {
  const changes = asOf === null ? seriesChangesAfter : seriesChangesAsOf('series.id');
  // What changed before the first day is summed on the day before it, and left out.
  const values = [figure, from - 1, to, ...(asOf === null ? [generation] : asOfValues(asOf)), limit];
  const { rows } = await pool.query<EventCount>(
    `select series.dimensions, ${byDay ? 'change.day' : '$3::int'} as day, sum(change.amount)::bigint as count
     from metrics.series cross join lateral (${changes}) as change
     where series.generation = $4 and series.figure = $1 and change.day > $2
     group by 1, 2 having sum(change.amount) <> 0
     order by 2, 1 limit $${values.length}`,
    values,
  );
  return rows;
}
