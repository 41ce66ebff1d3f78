/** Brings ingest up on a database and a log, in the order in which one part needs the other, and down in reverse. */
import { join } from 'node:path';
import { createIsBlocked, keyKinds, topics } from '@throughline/contracts';
import { createDeadLetterStore } from '@throughline/event-log';
import { createKeyRing, type Logger, type ReportStep, type Summary } from '@throughline/runtime';
import {
  prepareStorage,
  readinessChecks,
  runServer,
  startClockCheck,
  watchConsumers,
  type ClockCheckOptions,
  type ConsumerParts,
  type RunningServer,
  type ServiceResources,
} from '@throughline/runtime/service';
import type { IngestConfig } from './config.ts';
import { startKeepingReceiptNumbers } from './consume/keep-receipt-numbers.ts';
import { startKeepingRejected } from './consume/keep-rejected.ts';
import { startResubmissions } from './consume/run-resubmissions.ts';
import { startPruneTimer } from './consume/prune-timer.ts';
import { startAccess } from './start-access.ts';
import { createDatabase } from './db/create-database.ts';
import { createIngestHttp, type IngestHttp, type IngestHttpOptions } from './http/app.ts';

const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

export interface StartOptions {
  config: IngestConfig;
  logger: Logger;
  resources: ServiceResources;
  reportStep?: ReportStep;
  /** For tests. */
  limits?: Pick<IngestHttpOptions, 'requestTimeoutMs' | 'maxBytesInFlight' | 'now'>;
  /** For tests: the clock that is compared with the database's. */
  clock?: Pick<ClockCheckOptions, 'now' | 'intervalMs'>;
}

export async function startIngest(options: StartOptions): Promise<RunningServer> {
  const { config, logger, resources } = options;
  const { pool, apiPool, consumerPool } = resources;
  await prepareStorage({
    service: 'ingest',
    config,
    resources,
    logger,
    reportStep: options.reportStep,
    migrationsDirectory,
    topics: [topics.touchpoints, topics.rejected, topics.receiptNumbers],
  });
  const access = await startAccess({ pool, logger, environment: config.sources });
  const clock = await startClockCheck({ pool: apiPool, logger, ...options.clock });
  const { app, registry, summary, receiver, onResubmission } = await createHttp(options, { access, clock });
  const watch = watchConsumers({
    service: 'ingest',
    resources,
    logger,
    registry,
    summary,
    stallSeconds: config.stallSeconds,
    hasOutbox: false,
    copies: ['rejected_touchpoint', 'receipt_number'],
  });
  const retentionDays = config.rejectedRetentionDays;
  const consumers = await startConsumers({
    pool: consumerPool,
    watch,
    logger,
    summary,
    rejectedRetentionDays: retentionDays,
    tracing: resources.tracing,
  });
  const resubmissions = startResubmissions({ database: createDatabase(pool), receiver, logger });
  onResubmission(() => resubmissions.wake());
  const pruning = startPruneTimer({ pool, retentionDays, logger, summary });
  return await runServer({
    app,
    listen: config.listen,
    resources,
    stopInOrder: [
      () => resubmissions.stop(),
      () => clock.stop(),
      () => access.keys.stop(),
      () => pruning.stop(),
      () => watch.stop(),
      () => consumers.stop(),
      () => summary.stop(),
    ],
  });
}

async function createHttp(
  { config, logger, resources, limits }: StartOptions,
  parts: {
    access: Awaited<ReturnType<typeof startAccess>>;
    clock: Awaited<ReturnType<typeof startClockCheck>>;
  },
): Promise<IngestHttp> {
  const { access, clock } = parts;
  const { apiPool, log } = resources;
  const now = limits?.now ?? Date.now;
  return await createIngestHttp({
    logger,
    keyRing: createKeyRing(config.keys, access.keys),
    database: createDatabase(apiPool),
    pool: apiPool,
    log,
    deadLetters: createDeadLetterStore({ pool: apiPool, log, schema: 'ingest' }),
    host: config.listen.host,
    http: config.http,
    tracing: resources.tracing,
    sources: access.sources,
    refreshAccess: () => access.keys.refresh(),
    builtInKinds: keyKinds.filter((kind) => config.keys[kind] !== undefined),
    timeZone: config.timeZone,
    isBlocked: createIsBlocked(config.blockedIdentifiers),
    senderLimits: config.senderLimits,
    ready: {
      ...readinessChecks(resources, config),
      // oxlint-disable-next-line typescript/require-await -- a check is asynchronous, this one need not wait
      clock: async () => clock.assertRight(),
    },
    ...limits,
    now: () => {
      clock.assertRight();
      return now();
    },
  });
}

async function startConsumers(
  parts: ConsumerParts & { summary: Summary },
): Promise<{ stop(): Promise<void> }> {
  const subscriptions = [await startKeepingRejected(parts), await startKeepingReceiptNumbers(parts)];
  return {
    async stop() {
      for (const subscription of subscriptions) await subscription.stop();
    },
  };
}
