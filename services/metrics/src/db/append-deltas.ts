/** Appends what a batch changes about the figures: one row per series and cause, whatever number of days it touches. */
import type { PoolClient } from 'pg';
import type { Delta } from '../core/delta.ts';
import { plainArray } from '@throughline/postgres';

/** @param seriesIds ids in the database by number in the catalog */
export async function appendDeltas(
  client: PoolClient,
  batch: { generation: number; partition: number; seriesIds: readonly number[] },
  deltas: readonly Delta[],
): Promise<void> {
  await client.query({
    name: 'append-deltas',
    text: `insert into metrics.delta (generation, partition, series, cause, reason, days, amounts)
           select $1, $2, series, cause, reason, days::int[], amounts::int[]
           from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[])
             as appended (series, cause, reason, days, amounts)`,
    values: [
      batch.generation,
      batch.partition,
      plainArray(deltas.map((delta) => batch.seriesIds[delta.series] ?? null)),
      plainArray(deltas.map((delta) => delta.cause)),
      deltas.map((delta) => delta.reason),
      deltas.map((delta) => plainArray(delta.days)),
      deltas.map((delta) => plainArray(delta.amounts)),
    ],
  });
}
