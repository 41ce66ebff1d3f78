/** The ids of series in the database; those that are not there yet are made. */
import type { PoolClient } from 'pg';
import type { SeriesKey } from '../core/series.ts';

/** In the order of the keys. */
export async function ensureSeries(
  client: PoolClient,
  generation: number,
  keys: readonly SeriesKey[],
): Promise<number[]> {
  const values = [
    generation,
    keys.map(({ figure }) => figure),
    keys.map(({ dimensions }) => JSON.stringify(dimensions)),
  ];
  await client.query(
    `insert into metrics.series (generation, figure, dimensions)
     select $1, figure, dimensions::jsonb from unnest($2::text[], $3::text[]) as wanted (figure, dimensions)
     order by figure, dimensions
     on conflict do nothing`,
    values,
  );
  const { rows } = await client.query<{ id: number }>(
    `select series.id from unnest($2::text[], $3::text[]) with ordinality as wanted (figure, dimensions, place)
     join metrics.series on series.generation = $1 and series.figure = wanted.figure
       and series.dimensions = wanted.dimensions::jsonb
     order by place`,
    values,
  );
  return rows.map(({ id }) => id);
}
