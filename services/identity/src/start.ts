/** Brings identity up on a database and a log, in the order in which one part needs the other, and down in reverse. */
import { join } from 'node:path';
import { topics } from '@throughline/contracts';
import { consumerMigrations, createConsumerWatch, type EventLog } from '@throughline/event-log';
import { runMigrations } from '@throughline/postgres';
import {
  createKeyRing,
  createSummary,
  exportConsumerWatch,
  type Logger,
  type RunningService,
} from '@throughline/runtime';
import type { Pool } from 'pg';
import type { IdentityConfig } from './config.ts';
import { makeDecision, withdrawDecision } from './consume/decide.ts';
import { startIdentity, type RunningIdentity } from './consume/start.ts';
import { countPending } from './count-pending.ts';
import { createIdentityApp } from './http/app.ts';
import { createFreshness } from './http/freshness.ts';
import { createIdentifierIds } from './identifier-id.ts';

export const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

export interface StartOptions {
  config: Pick<IdentityConfig, 'identitySecret' | 'keys' | 'listen' | 'stallSeconds'>;
  logger: Logger;
  pool: Pool;
  /** For the API: the same database, with a statement timeout that a waiting client can bear. */
  apiPool: Pool;
  /** From `createConsumerPool`: for batches. */
  consumerPool: Pool;
  log: EventLog;
}

/** The order of the partitions' numbers is that of the design; a topic that exists keeps its own. */
const topicPartitions = [
  { name: topics.touchpoints, partitions: 4 },
  { name: topics.rejected, partitions: 1 },
  { name: topics.resolved, partitions: 4 },
];

export async function startIdentityService(options: StartOptions): Promise<RunningService & { url: string }> {
  const { config, logger, pool, apiPool, consumerPool, log } = options;
  const { host, port } = config.listen;
  const applied = await runMigrations(pool, {
    schema: 'identity',
    directories: [consumerMigrations, migrationsDirectory],
  });
  if (applied.length > 0)
    logger.info({ event: 'migrations.applied', files: applied }, 'schema is up to date');
  await log.ensureTopics(topicPartitions);

  const ids = createIdentifierIds(config.identitySecret);
  // The server comes first because the summary counts into its registry; it listens when all the rest runs.
  let running: RunningIdentity | null = null;
  const context = () => {
    if (running === null) throw new Error('a request came before the service had started');
    return running.context;
  };
  const http = await createIdentityApp({
    logger,
    keyRing: createKeyRing(config.keys),
    host,
    pool: apiPool,
    ids,
    freshness: createFreshness({
      progress: () => running?.progress() ?? new Map(),
      countPending: () => countPending(apiPool, log),
      onFailure: (error) =>
        logger.warn({ event: 'freshness.unknown', err: error }, 'answers do not say what is pending'),
    }),
    decisions: {
      make: async (decision) => (await makeDecision(context(), decision)).id,
      withdraw: (decisionId) => withdrawDecision(context(), decisionId),
    },
    // Nothing listens before the migrations are done, so that check is passed by being asked.
    ready: {
      database: () => apiPool.query('select 1'),
      log: () => log.ping(),
      migrations: () => Promise.resolve(),
    },
  });
  const summary = createSummary({ logger, service: 'identity', registry: http.registry });
  const watch = createConsumerWatch({
    pool: apiPool,
    schema: 'identity',
    log,
    logger,
    hasOutbox: true,
    onRetry: () => summary.count('batchesRetried'),
    stallAfterMs: config.stallSeconds * 1_000,
  });
  exportConsumerWatch(watch, { registry: http.registry, summary });
  running = await startIdentity({ pool: consumerPool, log, watch, logger, summary, ids });
  const url = await http.app.listen({ host, port });
  return {
    url,
    ready: { url, port: Number(new URL(url).port) },
    async stop() {
      await http.app.close();
      await watch.stop();
      await running.stop();
      summary.stop();
      await log.close();
      await Promise.all([apiPool.end(), consumerPool.end(), pool.end()]);
    },
  };
}
