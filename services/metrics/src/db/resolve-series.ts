/** The ids of the series that a batch changes; those that nothing was emitted for before are made. */
import type { PoolClient } from 'pg';
import type { Delta } from '../core/delta.ts';
import type { SeriesCatalog, SeriesKey } from '../core/series.ts';
import type { Generation } from './open-generation.ts';
import { ensureSeries, findSeries } from './ensure-series.ts';

/**
 * Remembers only ids that were there before: what this transaction makes is gone if it is rolled back. Belongs after the last
 * lock on rows: two transactions that make the same series wait for each other here.
 */
export async function resolveSeries(
  client: PoolClient,
  { generation, catalog }: { generation: Generation; catalog: SeriesCatalog },
  deltas: readonly Delta[],
): Promise<(number: number) => number> {
  const { id, seriesIds } = generation;
  const idOf = (number: number): number => {
    const found = seriesIds[number] ?? made.get(number);
    if (found === undefined) throw new Error(`series ${number} has no id`);
    return found;
  };
  const made = new Map<number, number>();
  const keysOf = (numbers: readonly number[]) => numbers.map((number) => catalog.keys[number] as SeriesKey);
  const unknown = [...new Set(deltas.map(({ series }) => series))].filter(
    (number) => seriesIds[number] === undefined,
  );
  if (unknown.length === 0) return idOf;
  const found = await findSeries(client, id, keysOf(unknown));
  unknown.forEach((number, index) => {
    const known = found[index];
    if (known !== undefined && known !== null) seriesIds[number] = known;
  });
  const missing = unknown.filter((number) => seriesIds[number] === undefined);
  if (missing.length === 0) return idOf;
  const ids = await ensureSeries(client, id, keysOf(missing));
  missing.forEach((number, index) => made.set(number, ids[index] ?? -1));
  return idOf;
}
