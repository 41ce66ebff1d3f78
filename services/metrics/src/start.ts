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
import { createReportingCalendar } from './core/calendar.ts';
import { functionVersion } from './core/generation-settings.ts';
import { advanceEpoch } from './db/advance-epoch.ts';
import { checkTimeZone } from './db/check-time-zone.ts';
import { claimGeneration } from './db/claim-generation.ts';
import { createMetricsHttp } from './http/app.ts';
import type { FigureReader } from './http/figure-reader.ts';
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
  const { config, logger, resources, now = Date.now } = options;
  const { pool, apiPool, consumerPool, log } = resources;
  const common = { service: 'metrics', config, resources, logger } as const;
  await prepareStorage({
    ...common,
    reportStep: options.reportStep,
    migrationsDirectory,
    // Touchpoints are read for the freshness, so the topic must exist even before ingest was started.
    topics: [topics.touchpoints, topics.resolved, topics.journeys],
  });
  const storedKeys = await startStoredKeys({ pool, logger });
  const figures = await claimFigures({ config, logger, pool });
  const { calendar, generation } = figures;
  const reader = createReader(figures, resources, now);
  const { app, registry, summary, verifications } = await createMetricsHttp({
    logger,
    keyRing: createKeyRing(config.keys, storedKeys),
    reader,
    computeWhatIf: (question) => computeWhatIf(reader, question),
    findProfile: createFindProfile(config.serviceUrls.identity),
    verificationPool: pool,
    console: { keys: config.keys, urls: config.serviceUrls },
    deadLetters: createDeadLetterStore({ pool: apiPool, log, schema: 'metrics' }),
    host: config.listen.host,
    http: config.http,
    ready: readinessChecks(resources, config),
    tracing: resources.tracing,
  });
  const watch = watchConsumers({
    ...common,
    registry,
    summary,
    stallSeconds: config.stallSeconds,
    hasOutbox: true,
    copies: [],
  });
  // What is consumed first must not be taken for something that was counted before the process was down.
  await advanceEpoch(pool, generation.id, calendar);
  const subscription = await startConsuming({
    pool: consumerPool,
    watch,
    figures,
    logger,
    summary,
    rejectedRetentionDays: config.rejectedRetentionDays,
    tracing: resources.tracing,
  });
  const outbox = startOutbox({ pool, schema: 'metrics', log, logger });
  const partitions = await log.partitions(topics.journeys);
  const background = startBackground(options, { figures, outbox, partitions }, summary);
  return await runServer({
    app,
    listen: config.listen,
    resources,
    stopInOrder: [
      () => watch.stop(),
      () => storedKeys.stop(),
      () => subscription.stop(),
      () => background.stop(),
      () => outbox.stop(),
      () => verifications.settled(),
      () => summary.stop(),
    ],
  });
}

/** What runs beside the stream. */
function startBackground(
  { logger, resources: { pool }, folding, now = Date.now }: StartOptions,
  { figures, outbox, partitions }: { figures: FigureContext; outbox: Outbox; partitions: number },
  summary: Summary,
): { stop: () => Promise<void> } {
  const { generation, calendar, catalog } = figures;
  const common = { pool, generation: generation.id, calendar, logger, summary };
  const parts = [
    startFolding({ ...common, ...folding }),
    startValuing({ ...common, activity: catalog.purchase }),
    startPublishing({ pool, figures, outbox, partitions, nudge: () => outbox.nudge(), logger, summary, now }),
  ];
  return {
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

function createReader(
  { catalog, calendar, generation, weekStart }: FigureContext & { weekStart: string },
  { apiPool, log }: ServiceResources,
  now: () => number,
): FigureReader {
  return {
    pool: apiPool,
    generation: generation.id,
    catalog,
    calendar,
    weekStart,
    seriesIds: generation.seriesIds,
    freshness: createFreshness(apiPool, log),
    now,
    today: () => calendar.dayOf(now()),
  };
}

interface ClaimParts {
  config: MetricsConfig;
  logger: Logger;
  pool: ServiceResources['pool'];
}

/** The generation in use. Settings of this process that are not its own are logged, and change nothing. */
async function claimFigures({
  config,
  logger,
  pool,
}: ClaimParts): Promise<FigureContext & { weekStart: string }> {
  await checkTimeZone(pool, createReportingCalendar(config.timeZone, config.closeHours));
  const { generation, catalog, settings, differing } = await claimGeneration(pool, {
    functionVersion,
    timeZone: config.timeZone,
    weekStart: config.weekStart,
    windows: config.windows,
    cohorts: config.cohorts,
    activities: shippedActivities,
    journeyMap: defaultJourneyMap,
  });
  if (differing.length > 0) {
    logger.warn(
      { event: 'figures.rebuild_needed', differing },
      'settings need a rebuild: figures are kept with those that they were made with',
    );
  }
  const calendar = createReportingCalendar(settings.timeZone, config.closeHours);
  return { generation, catalog, calendar, weekStart: settings.weekStart };
}
