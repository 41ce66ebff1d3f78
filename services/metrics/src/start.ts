/** Brings metrics up on a database and a log, in the order in which one part needs the other, and down in reverse. */
import { join } from 'node:path';
import { defaultJourneyMap, shippedActivities, topics } from '@throughline/contracts';
import { createDeadLetterStore, startOutbox, type Outbox } from '@throughline/event-log';
import {
  createKeyRing,
  startStoredKeys,
  type Logger,
  type ReportStep,
  type Summary,
} from '@throughline/runtime';
import {
  prepareStorage,
  readinessChecks,
  runServer,
  watchConsumers,
  type RunningServer,
  type ServiceResources,
} from '@throughline/runtime/service';
import { createFindProfile } from './ask-identity.ts';
import type { MetricsConfig } from './config.ts';
import type { FigureContext } from './consume/apply-records.ts';
import { computeWhatIf } from './consume/compute-what-if.ts';
import { startConsuming } from './consume/consume-resolved.ts';
import { startFolding, type FoldingOptions } from './consume/start-folding.ts';
import { startPublishing } from './consume/start-publishing.ts';
import { startValuing } from './consume/start-valuing.ts';
import { startVerifying } from './consume/start-verifying.ts';
import { createStreamLoad, type StreamLoad } from './consume/stream-load.ts';
import { openGenerations, type FigureGenerations } from './consume/figure-generations.ts';
import { startKeeping } from './consume/start-keeping.ts';
import { functionVersion, type WantedSettings } from './core/generation-settings.ts';
import { createMetricsHttp, type MetricsHttp } from './http/app.ts';
import { createFigureReader } from './http/figure-reader.ts';
import { createRequestFigures } from './http/request-figures.ts';
import { createFreshness } from './http/freshness.ts';

export const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

export interface StartOptions {
  config: MetricsConfig;
  logger: Logger;
  resources: ServiceResources;
  reportStep?: ReportStep;
  now?: () => number;
  /** For tests. */
  folding?: Pick<FoldingOptions, 'intervalMs' | 'minDeltas' | 'maxAgeMs'>;
}

export async function startMetrics(options: StartOptions): Promise<RunningServer> {
  const { config, logger, resources } = options;
  const { pool, consumerPool, log } = resources;
  const common = { service: 'metrics', config, resources, logger } as const;
  await prepareStorage({
    ...common,
    reportStep: options.reportStep,
    migrationsDirectory,
    // Touchpoints are read for the freshness, so the topic must exist even before ingest was started.
    topics: [topics.touchpoints, topics.resolved, topics.journeys],
  });
  const storedKeys = await startStoredKeys({ pool, logger });
  const generations = await openGenerations({
    pool,
    logger,
    wanted: wantedSettings(config),
    closeHours: config.closeHours,
  });
  const { app, registry, summary, verifications } = await createHttp(options, generations, storedKeys);
  const watch = watchConsumers({
    ...common,
    registry,
    summary,
    stallSeconds: config.stallSeconds,
    hasOutbox: true,
    copies: [],
  });
  const outbox = startOutbox({ pool, schema: 'metrics', log, logger });
  const partitions = await log.partitions(topics.journeys);
  const resolvedPartitions = await log.partitions(topics.resolved);
  const load = createStreamLoad(() => performance.now());
  const keeping = await startKeeping({
    pool,
    generations,
    logger,
    summary,
    startLoops: (figures) => startLoops(options, { figures, outbox, partitions, load }, summary),
    startConsuming: () =>
      startConsuming({
        pool: consumerPool,
        watch,
        generations,
        logger,
        summary,
        load,
        partitions: resolvedPartitions,
        tracing: resources.tracing,
        rejectedRetentionDays: config.rejectedRetentionDays,
      }),
  });
  return await runServer({
    app,
    listen: config.listen,
    resources,
    stopInOrder: [
      () => watch.stop(),
      () => storedKeys.stop(),
      () => keeping.stop(),
      () => outbox.stop(),
      () => verifications.stop(),
      () => summary.stop(),
    ],
  });
}

/** The server, whose requests are answered from the generation that they began with. */
async function createHttp(
  { config, logger, resources, now = Date.now }: StartOptions,
  generations: FigureGenerations,
  storedKeys: Parameters<typeof createKeyRing>[1],
): Promise<MetricsHttp> {
  const { pool, apiPool, log } = resources;
  const requested = createRequestFigures(generations);
  const reader = createFigureReader(
    { pool: apiPool, freshness: createFreshness(apiPool, log), now },
    requested.current,
  );
  return await createMetricsHttp({
    logger,
    tracing: resources.tracing,
    keyRing: createKeyRing(config.keys, storedKeys),
    reader,
    chooseFigures: requested.choose,
    rebuilds: { pool, generations },
    computeWhatIf: (question) => computeWhatIf(reader, question),
    findProfile: createFindProfile(config.serviceUrls.identity),
    verificationPool: pool,
    console: { keys: config.keys, urls: config.serviceUrls },
    deadLetters: createDeadLetterStore({ pool: apiPool, log, schema: 'metrics' }),
    host: config.listen.host,
    http: config.http,
    ready: readinessChecks(resources, config),
  });
}

/** What runs beside the stream for the figures in use. */
function startLoops(
  { logger, resources: { pool }, folding, now = Date.now }: StartOptions,
  {
    figures,
    outbox,
    partitions,
    load,
  }: { figures: FigureContext; outbox: Outbox; partitions: number; load: StreamLoad },
  summary: Summary,
): { stop: () => Promise<void> } {
  const { generation, calendar, catalog } = figures;
  const common = { pool, generation: generation.id, calendar, logger, summary };
  const parts = [
    startFolding({ ...common, ...folding }),
    startValuing({ ...common, activity: catalog.purchase }),
    startVerifying({ ...common, now }),
    startPublishing({
      pool,
      figures,
      outbox,
      partitions,
      nudge: () => outbox.nudge(),
      logger,
      summary,
      now,
      load,
    }),
  ];
  return {
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

function wantedSettings({ timeZone, weekStart, windows, cohorts, groupings }: MetricsConfig): WantedSettings {
  return {
    functionVersion,
    timeZone,
    weekStart,
    windows,
    cohorts,
    groupings,
    activities: shippedActivities,
    journeyMap: defaultJourneyMap,
  };
}
