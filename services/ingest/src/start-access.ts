/** Keys and sources in memory, kept up to date while ingest runs. */
import type { Logger } from '@throughline/runtime';
import { startStoredKeys } from '@throughline/runtime';
import type { Pool } from 'pg';
import { SourceDirectory, type StoredSource } from './core/source-directory.ts';
import { parseStoredSettings, type SourcesOfEnvironment } from './core/source-settings.ts';
import { createDatabase } from './db/create-database.ts';
import { findSources } from './db/find-sources.ts';

export async function startAccess(options: {
  pool: Pool;
  logger: Logger;
  environment: SourcesOfEnvironment;
}): Promise<{ sources: SourceDirectory; keys: Awaited<ReturnType<typeof startStoredKeys>> }> {
  const { pool, logger, environment } = options;
  const sources = new SourceDirectory(environment);
  const database = createDatabase(pool);
  const keys = await startStoredKeys({
    pool,
    logger,
    alsoLoad: async () => {
      const rows = await findSources(database);
      const enabled = rows.filter(({ disabledAt }) => disabledAt === null);
      sources.replaceStored(
        enabled.map(({ name, trust, settings }): StoredSource => {
          const level = trust === 'public' ? 'public' : 'server';
          return { name, trust: level, settings: parseStoredSettings(name, level, settings) };
        }),
      );
    },
  });
  return { sources, keys };
}
