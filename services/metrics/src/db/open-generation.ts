/** A generation of figures with the ids of its series and the settings that it is kept with. */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { GenerationSettings, WantedSettings } from '../core/generation-settings.ts';
import { createSeriesCatalog, type SeriesCatalog } from '../core/series.ts';
import { ensureSeries } from './ensure-series.ts';
import { loadGeneration } from './load-generation.ts';

export interface Generation {
  id: number;
  /** Ids in the database by number in the catalog. */
  seriesIds: number[];
}

export interface OpenGeneration {
  generation: Generation;
  catalog: SeriesCatalog;
  settings: GenerationSettings;
  /** Those of its definitions that operators have made. */
  operatorDefinitions: OperatorDefinitions;
}

export interface OperatorDefinitions {
  activities: WantedSettings['activities'];
  journeyMap: WantedSettings['journeyMap'] | null;
  groupings: WantedSettings['groupings'] | null;
}

export async function openGeneration(pool: Pool, id: number): Promise<OpenGeneration> {
  return await inTransaction(pool, async (client) => {
    const loaded = await loadGeneration(client, id);
    if (loaded === null) throw new Error(`there is no generation ${id} of figures`);
    const { settings, operatorDefinitions } = loaded;
    const catalog = createSeriesCatalog(settings);
    const seriesIds = await ensureSeries(client, id, catalog.keys);
    return { generation: { id, seriesIds }, catalog, settings, operatorDefinitions };
  });
}
