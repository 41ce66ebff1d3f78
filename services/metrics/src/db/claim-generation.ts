/**
 * The generation of figures that this process keeps and reads: the one in use. Its settings hold, also for a process that was
 * started with others, so that all processes write the same figures; what differs is answered, and needs a rebuild.
 */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import { isDeepStrictEqual } from 'node:util';
import type { GenerationSettings, WantedSettings } from '../core/generation-settings.ts';
import { createSeriesCatalog, type SeriesCatalog } from '../core/series.ts';
import { createGeneration } from './create-generation.ts';
import { ensureSeries } from './ensure-series.ts';
import { loadGeneration } from './load-generation.ts';

export interface Generation {
  id: number;
  /** Ids in the database by number in the catalog. */
  seriesIds: number[];
}

export interface ClaimedGeneration {
  generation: Generation;
  catalog: SeriesCatalog;
  settings: GenerationSettings;
  /** Settings that are wanted and not those of the generation, with both values where they are short. */
  differing: string[];
}

class GenerationMismatch extends Error {
  constructor(kept: number, own: number) {
    super(
      `the figures were made by version ${kept} of the figures' definition, this release has version ${own}: ` +
        'start the release that made them, or rebuild the figures',
    );
    this.name = 'GenerationMismatch';
  }
}

/** A first start makes the generation. @throws GenerationMismatch when other code made the figures */
export async function claimGeneration(pool: Pool, wanted: WantedSettings): Promise<ClaimedGeneration> {
  return await inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtext('throughline metrics generation'))");
    let loaded = await loadGeneration(client, null);
    if (loaded === null) {
      await createGeneration(client, wanted, 'current');
      loaded = await loadGeneration(client, null);
    }
    if (loaded === null) throw new Error('no generation of figures is current');
    const { id, settings } = loaded;
    if (settings.functionVersion !== wanted.functionVersion)
      throw new GenerationMismatch(settings.functionVersion, wanted.functionVersion);
    const catalog = createSeriesCatalog(settings);
    const seriesIds = await ensureSeries(client, id, catalog.keys);
    return { generation: { id, seriesIds }, catalog, settings, differing: findDifferences(settings, wanted) };
  });
}

const compared = ['timeZone', 'weekStart', 'windows', 'cohorts', 'activities', 'journeyMap'] as const;

function findDifferences(kept: GenerationSettings, wanted: WantedSettings): string[] {
  const ofKept = { ...kept, activities: kept.activities.map(({ id: _id, ...activity }) => activity) };
  const plain = JSON.parse(JSON.stringify(wanted)) as WantedSettings;
  return compared
    .filter((name) => !isDeepStrictEqual(JSON.parse(JSON.stringify(ofKept[name])), plain[name]))
    .map((name) => {
      const [theirs = '', ours = ''] = [ofKept[name], plain[name]].map((value) => JSON.stringify(value));
      return theirs.length + ours.length < 100 ? `${name}: in use ${theirs}, here ${ours}` : name;
    });
}
