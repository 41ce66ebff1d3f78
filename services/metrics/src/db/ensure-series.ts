/** The ids of series in the database. */
import type { Pool, PoolClient } from 'pg';
import type { SeriesKey } from '../core/series.ts';

/** In the order of the keys; null where there is none. */
export async function findSeries(
  client: Pool | PoolClient,
  generation: number,
  keys: readonly SeriesKey[],
): Promise<(number | null)[]> {
  const { rows } = await client.query<{ id: number | null }>(
    `select series.id from unnest($2::text[], $3::text[]) with ordinality as wanted (figure, dimensions, place)
     left join metrics.series on series.generation = $1 and series.figure = wanted.figure
       and series.dimensions = wanted.dimensions::jsonb
     order by place`,
    valuesOf(generation, keys),
  );
  return rows.map(({ id }) => id);
}

/** In the order of the keys; those that are not there yet are made. */
export async function ensureSeries(
  client: PoolClient,
  generation: number,
  keys: readonly SeriesKey[],
): Promise<number[]> {
  await client.query(
    `insert into metrics.series (generation, figure, dimensions)
     select $1, figure, dimensions::jsonb from unnest($2::text[], $3::text[]) as wanted (figure, dimensions)
     order by figure, dimensions
     on conflict do nothing`,
    valuesOf(generation, keys),
  );
  return (await findSeries(client, generation, keys)).map((id) => id ?? -1);
}

function valuesOf(generation: number, keys: readonly SeriesKey[]): unknown[] {
  return [
    generation,
    keys.map(({ figure }) => figure),
    keys.map(({ dimensions }) => JSON.stringify(dimensions)),
  ];
}
