/** Appends what a batch changes about the figures: one row per series and cause, whatever number of days it touches. */
import type { PoolClient } from 'pg';
import type { Delta } from '../core/delta.ts';
import { bigintArray, booleanArray, integerArray, smallintArray, textArray } from '@throughline/postgres';

export interface DeltaBatch {
  generation: number;
  partition: number;
  /** The id in the database of a number in the catalog. */
  series: (number: number) => number;
  epoch: number;
}

export async function appendDeltas(
  client: PoolClient,
  { generation, partition, series, epoch }: DeltaBatch,
  deltas: readonly Delta[],
): Promise<void> {
  if (deltas.length === 0) return;
  // The arrays of all rows one after the other, and where those of each end: an array of arrays would be text.
  let length = 0;
  const lasts = deltas.map(({ days }) => (length += days.length));
  await client.query({
    name: 'append-deltas',
    text: `insert into metrics.delta (generation, partition, epoch, series, cause, reason, days, cells, amounts)
           select $1, $2, $3, series, cause, reason, ($9::int[])[first:last],
                  case when has_cells then ($10::smallint[])[first:last] end, ($11::bigint[])[first:last]
           from unnest($4::int[], $5::text[], $6::text[], $7::int[], $8::int[], $12::boolean[])
             as appended (series, cause, reason, first, last, has_cells)`,
    values: [
      generation,
      partition,
      epoch,
      integerArray(deltas.map((delta) => series(delta.series))),
      textArray(deltas.map((delta) => delta.cause)),
      textArray(deltas.map((delta) => delta.reason)),
      integerArray(deltas.map((_delta, index) => (lasts[index - 1] ?? 0) + 1)),
      integerArray(lasts),
      integerArray(deltas.flatMap(({ days }) => days)),
      smallintArray(deltas.flatMap(({ days, cells }) => cells ?? days.map(() => 0))),
      bigintArray(deltas.flatMap(({ amounts }) => amounts)),
      booleanArray(deltas.map(({ cells }) => cells !== null)),
    ],
  });
}
