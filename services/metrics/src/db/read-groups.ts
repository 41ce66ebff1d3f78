/** The series of a grouping, and what sums of them come to from day to day, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import { groupMeasures, type GroupKey } from '../core/grouping-series.ts';
import { seriesChanges } from './read-series.ts';
import { asOfValues, seriesChangesAsOf } from './series-changes-as-of.ts';

export type FoundGroupSeries = GroupKey & { id: number };

/** At most the limit. */
export async function findGroupSeries(
  pool: Pool,
  generation: number,
  of: { activity: string; window: number; groupBy: string },
  limit: number,
): Promise<FoundGroupSeries[]> {
  const { rows } = await pool.query<FoundGroupSeries>(
    `select id, figure, dimensions from metrics.series
     where generation = $1 and figure = any($2::text[]) and dimensions @> $3::jsonb order by id limit $4`,
    [generation, groupMeasures.map((measure) => `group.${measure}`), JSON.stringify(of), limit],
  );
  return rows;
}

export interface SummedChange {
  /** Place of the sum. */
  sum: number;
  day: number;
  amount: number;
}

/**
 * Ascending by day. What changed before the first day is summed on it.
 *
 * @param sums the ids of the series of each
 */
export async function readSummedSeries(
  pool: Pool,
  sums: readonly (readonly number[])[],
  days: { from: number; to: number },
  asOf: AsOf | null,
): Promise<SummedChange[]> {
  const values: unknown[] = [sums.flat(), days.from, days.to, ...asOfValues(asOf)];
  const places = `$${values.push(sums.flatMap((ids, place) => ids.map(() => place)))}::int[]`;
  const ids = 'any($1::int[])';
  const { rows } = await pool.query<SummedChange>(
    `select place as sum, greatest(day, $2::int) as day, sum(amount)::bigint as amount
     from (${asOf === null ? seriesChanges(ids) : seriesChangesAsOf(ids)}) as change
     join unnest($1::int[], ${places}) as summed (series, place) on summed.series = change.series
     group by 1, 2
     order by 2`,
    values,
  );
  return rows;
}

/** Receipt time of the first touchpoint that stated the dimension; null where none has. */
export async function findKnownFrom(pool: Pool, generation: number, dimension: number): Promise<Date | null> {
  const { rows } = await pool.query<{ knownFrom: Date }>(
    'select known_from as "knownFrom" from metrics.group_dimension where generation = $1 and dimension = $2',
    [generation, dimension],
  );
  return rows[0]?.knownFrom ?? null;
}
