/** Brings ingest up on a database and a log, in the order in which one part needs the other, and down in reverse. */
import { join } from 'node:path';
import { topics } from '@throughline/contracts';
import { consumerMigrations, createConsumerWatch, type EventLog } from '@throughline/event-log';
import { runMigrations } from '@throughline/postgres';
import { createKeyRing, exportConsumerWatch, type Logger, type RunningService } from '@throughline/runtime';
import type { Pool } from 'pg';
import type { IngestConfig } from './config.ts';
import { startKeepingRejected } from './consume/keep-rejected.ts';
import { startPruneTimer } from './consume/prune-rejected-timer.ts';
import { createDatabase } from './db/create-database.ts';
import { createIngestHttp, type IngestHttpOptions } from './http/app.ts';

const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

export interface StartOptions {
  config: IngestConfig;
  logger: Logger;
  pool: Pool;
  /** For what operators ask: its statements give up sooner. */
  apiPool: Pool;
  log: EventLog;
  /** For tests. */
  limits?: Pick<IngestHttpOptions, 'requestTimeoutMs' | 'maxBytesInFlight' | 'now'>;
}

/** Of topics that do not exist yet; others keep the number that they have. */
const topicPartitions = [
  { name: topics.touchpoints, partitions: 4 },
  { name: topics.rejected, partitions: 1 },
];

export async function startIngest(options: StartOptions): Promise<RunningService & { url: string }> {
  const { config, logger, pool, apiPool, log, limits } = options;
  const { host, port } = config.listen;
  const applied = await runMigrations(pool, {
    schema: 'ingest',
    directories: [consumerMigrations, migrationsDirectory],
  });
  if (applied.length > 0)
    logger.info({ event: 'migrations.applied', files: applied }, 'schema is up to date');
  await log.ensureTopics(topicPartitions);
  const { app, registry, summary } = await createIngestHttp({
    logger,
    keyRing: createKeyRing(config.keys),
    database: createDatabase(apiPool),
    log,
    host,
    // Nothing listens before the migrations are done, so that check is passed by being asked.
    ready: {
      database: () => apiPool.query('select 1'),
      log: () => log.ping(),
      migrations: () => Promise.resolve(),
    },
    ...limits,
  });
  const watch = createConsumerWatch({
    pool: apiPool,
    schema: 'ingest',
    log,
    logger,
    hasOutbox: false,
    onRetry: () => summary.count('batchesRetried'),
    stallAfterMs: config.stallSeconds * 1_000,
  });
  exportConsumerWatch(watch, { registry, summary });
  const subscription = await startKeepingRejected({ pool, watch, summary });
  const pruning = startPruneTimer({ pool, retentionDays: config.rejectedRetentionDays, logger, summary });
  const url = await app.listen({ host, port });
  return {
    url,
    ready: { url, port: Number(new URL(url).port) },
    async stop() {
      // First the requests in hand, whose records the log must still take.
      await app.close();
      await pruning.stop();
      await watch.stop();
      await subscription.stop();
      summary.stop();
      await log.close();
      await Promise.all([apiPool.end(), pool.end()]);
    },
  };
}
