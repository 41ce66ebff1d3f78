/** Brings metrics up on a database and a log, in the order in which one part needs the other, and down in reverse. */
import { join } from 'node:path';
import { defaultJourneyMap, engagementActivity, purchaseActivity, topics } from '@throughline/contracts';
import { consumerMigrations, createConsumerWatch, type EventLog } from '@throughline/event-log';
import { runMigrations } from '@throughline/postgres';
import { createKeyRing, exportConsumerWatch, type Logger, type RunningService } from '@throughline/runtime';
import type { Pool } from 'pg';
import type { MetricsConfig } from './config.ts';
import { startConsuming } from './consume/consume-resolved.ts';
import { startFolding, type FoldingOptions } from './consume/start-folding.ts';
import { createReportingCalendar } from './core/calendar.ts';
import { pinSettings } from './core/pinned-settings.ts';
import { createSeriesCatalog } from './core/series.ts';
import { claimGeneration } from './db/claim-generation.ts';
import { createMetricsHttp } from './http/app.ts';
import type { FigureReader } from './http/figure-reader.ts';
import { createFreshness } from './http/freshness.ts';

export const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

export interface StartOptions {
  config: MetricsConfig;
  logger: Logger;
  /** For the log, folding and verifications. */
  pool: Pool;
  /** For the API: its statements are given up after a short while. */
  apiPool: Pool;
  /** From `createConsumerPool`. */
  consumerPool: Pool;
  log: EventLog;
  now?: () => number;
  /** For tests. */
  folding?: Pick<FoldingOptions, 'intervalMs' | 'minDeltas' | 'maxAgeMs'>;
}

/** Read for the freshness, so it must be there even before ingest was started. */
const topicPartitions = [
  { name: topics.touchpoints, partitions: 4 },
  { name: topics.resolved, partitions: 4 },
];

export async function startMetrics(options: StartOptions): Promise<RunningService & { url: string }> {
  const { config, logger, pool, apiPool, consumerPool, log, now = Date.now } = options;
  const { host, port } = config.listen;
  const applied = await runMigrations(pool, {
    schema: 'metrics',
    directories: [consumerMigrations, migrationsDirectory],
  });
  if (applied.length > 0)
    logger.info({ event: 'migrations.applied', files: applied }, 'schema is up to date');
  const catalog = createSeriesCatalog({
    activities: [purchaseActivity, engagementActivity],
    windows: config.windows,
    journeyMap: defaultJourneyMap,
  });
  const calendar = createReportingCalendar(config.timeZone, config.closeHours);
  // Verifications ask Postgres for the days: better to learn now that it does not know the zone.
  await pool.query('select now() at time zone $1', [config.timeZone]);
  const generation = await claimGeneration(pool, pinSettings(catalog.settings, config), catalog.keys);
  await log.ensureTopics(topicPartitions);

  const reader: FigureReader = {
    pool: apiPool,
    generation: generation.id,
    catalog,
    calendar,
    seriesIds: generation.seriesIds,
    freshness: createFreshness(apiPool, log),
    today: () => calendar.dayOf(now()),
  };
  const { app, registry, summary, verifications } = await createMetricsHttp({
    logger,
    keyRing: createKeyRing(config.keys),
    reader,
    verificationPool: pool,
    host,
    // Nothing listens before the migrations are done, so that check is passed by being asked.
    ready: {
      database: () => apiPool.query('select 1'),
      log: () => log.ping(),
      migrations: () => Promise.resolve(),
    },
  });
  const figures = { generation, catalog, calendar };
  const watch = createConsumerWatch({
    pool: apiPool,
    schema: 'metrics',
    log,
    logger,
    hasOutbox: false,
    onRetry: () => summary.count('batchesRetried'),
    stallAfterMs: config.stallSeconds * 1_000,
  });
  exportConsumerWatch(watch, { registry, summary });
  const subscription = await startConsuming({ pool: consumerPool, watch, figures, logger, summary });
  const folding = startFolding({ pool, generation: generation.id, logger, summary, ...options.folding });
  const url = await app.listen({ host, port });
  return {
    url,
    ready: { url, port: Number(new URL(url).port) },
    async stop() {
      await app.close();
      await watch.stop();
      await subscription.stop();
      await folding.stop();
      await verifications.settled();
      summary.stop();
      await log.close();
      await consumerPool.end();
      await apiPool.end();
      await pool.end();
    },
  };
}
