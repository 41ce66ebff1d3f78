/** What a figure counted on days, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool } from 'pg';

export interface EventCount {
  dimensions: Readonly<Record<string, string | number>>;
  /** Of all days together where they are not asked for apart: the last one. */
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
  /** Rows at most, one more than which says that there are more. */
  limit: number;
}

/** A range of the key for each series of the figure. */
export async function readEvents(
  pool: Pool,
  generation: number,
  { figure, from, to, byDay, limit }: EventQuestion,
): Promise<EventCount[]> {
  const { rows } = await pool.query<EventCount>(
    `select series.dimensions, case when $5 then change.day else $4::int end as day, sum(change.amount)::bigint as count
     from metrics.series
     cross join lateral (
       select day, amount from metrics.figure_day where figure_day.series = series.id and day between $3 and $4
       union all
       select cell.day, cell.amount
       from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)
       where delta.series = series.id and cell.day between $3 and $4) as change
     where series.generation = $1 and series.figure = $2
     group by 1, 2 having sum(change.amount) <> 0
     order by 2, 1 limit $6`,
    [generation, figure, from, to, byDay, limit],
  );
  return rows;
}
