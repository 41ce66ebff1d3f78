/** The generation of figures that this process may write: its settings must be the pinned ones. */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import { isDeepStrictEqual } from 'node:util';
import type { PinnedSettings } from '../core/pinned-settings.ts';
import type { SeriesKey } from '../core/series.ts';

export interface Generation {
  id: number;
  /** Ids in the database by number in the catalog. */
  seriesIds: number[];
}

class GenerationMismatch extends Error {
  constructor(differing: readonly string[]) {
    super(
      `the figures were made with other settings (${differing.join('; ')}): start with those, or rebuild the figures`,
    );
    this.name = 'GenerationMismatch';
  }
}

/** Pins the settings of a first start. @throws GenerationMismatch when others are pinned */
export async function claimGeneration(
  pool: Pool,
  pinned: PinnedSettings,
  series: readonly SeriesKey[],
): Promise<Generation> {
  return await inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtext('throughline metrics generation'))");
    await client.query(
      `insert into metrics.generation (id, pinned, state) select 1, $1, 'current'
       where not exists (select from metrics.generation)`,
      [JSON.stringify(pinned)],
    );
    const current = await client.query<{ id: number; pinned: PinnedSettings }>(
      `select id, pinned from metrics.generation where state = 'current'`,
    );
    const generation = current.rows[0];
    if (generation === undefined) throw new Error('no generation of figures is current');
    const differing = findDifferences(generation.pinned, pinned);
    if (differing.length > 0) throw new GenerationMismatch(differing);

    const figures = series.map(({ figure }) => figure);
    const dimensions = series.map((key) => JSON.stringify(key.dimensions));
    await client.query(
      `insert into metrics.series (generation, figure, dimensions)
       select $1, figure, dimensions::jsonb from unnest($2::text[], $3::text[]) as wanted (figure, dimensions)
       on conflict do nothing`,
      [generation.id, figures, dimensions],
    );
    const { rows } = await client.query<{ id: number }>(
      `select series.id from unnest($2::text[], $3::text[]) with ordinality as wanted (figure, dimensions, place)
       join metrics.series on series.generation = $1 and series.figure = wanted.figure
         and series.dimensions = wanted.dimensions::jsonb
       order by place`,
      [generation.id, figures, dimensions],
    );
    return { id: generation.id, seriesIds: rows.map(({ id }) => id) };
  });
}

/** Names the settings, with both values where they are short. */
function findDifferences(pinned: PinnedSettings, own: PinnedSettings): string[] {
  const names = [...new Set([...Object.keys(pinned), ...Object.keys(own)])] as (keyof PinnedSettings)[];
  const plain = JSON.parse(JSON.stringify(own)) as PinnedSettings;
  return names
    .filter((name) => !isDeepStrictEqual(pinned[name], plain[name]))
    .map((name) => {
      const [theirs = 'none', ours = 'none'] = [pinned[name], plain[name]].map((value): string | undefined =>
        JSON.stringify(value),
      );
      return theirs.length + ours.length < 100 ? `${name}: pinned ${theirs}, here ${ours}` : name;
    });
}
