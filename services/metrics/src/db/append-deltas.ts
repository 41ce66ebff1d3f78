/** Appends what a batch changes about the figures: one row per series and cause, whatever number of days it touches. */
import type { PoolClient } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import type { Delta } from '../core/delta.ts';
import { plainArray } from '@throughline/postgres';
import { enterEpoch } from './enter-epoch.ts';

export interface DeltaBatch {
  generation: number;
  partition: number;
  /** The id in the database of a number in the catalog. */
  series: (number: number) => number;
  calendar: ReportingCalendar;
}

/** Takes the last lock of the transaction: see `enterEpoch`. */
export async function appendDeltas(
  client: PoolClient,
  { generation, partition, series, calendar }: DeltaBatch,
  deltas: readonly Delta[],
): Promise<void> {
  const epoch = await enterEpoch(client, generation, calendar);
  await client.query({
    name: 'append-deltas',
    text: `insert into metrics.delta (generation, partition, epoch, series, cause, reason, days, cells, amounts)
           select $1, $2, $3, series, cause, reason, days::int[], cells::smallint[], amounts::bigint[]
           from unnest($4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
             as appended (series, cause, reason, days, cells, amounts)`,
    values: [
      generation,
      partition,
      epoch,
      plainArray(deltas.map((delta) => series(delta.series))),
      plainArray(deltas.map((delta) => delta.cause)),
      deltas.map((delta) => delta.reason),
      deltas.map((delta) => plainArray(delta.days)),
      deltas.map(({ cells }) => (cells === null ? null : plainArray(cells))),
      deltas.map((delta) => plainArray(delta.amounts)),
    ],
  });
}
