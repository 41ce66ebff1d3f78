/** The HTTP side of metrics: the shared server with this service's routes. */
import {
  createHttpApp,
  createSummary,
  type HttpApp,
  type HttpConfig,
  type KeyRing,
  type Logger,
  type ReadinessCheck,
  type ServiceHttp,
  type Summary,
  type Tracing,
} from '@throughline/runtime';
import type { DeadLetterStore } from '@throughline/event-log';
import type { Pool } from 'pg';
import { addConsoleRoutes, type ConsoleRouteParts } from './console/console-routes.ts';
import type { FigureReader } from './figure-reader.ts';
import type { FindProfileByIdentifier } from '../ask-identity.ts';
import { addAtRiskRoutes } from './at-risk-routes.ts';
import { addDefinitionRoutes, type DefinitionRouteParts } from './definition-routes.ts';
import { addExplainRoutes } from './explain-routes.ts';
import { addFreshnessRoutes } from './freshness-routes.ts';
import { addErasureRoutes } from './erasure-routes.ts';
import { addTouchpointRoutes } from './touchpoint-routes.ts';
import { addGroupingRoutes } from './grouping-routes.ts';
import { addGrowthRoutes } from './growth-routes.ts';
import { addCohortRoutes } from './cohort-routes.ts';
import { addLifecycleRoutes } from './lifecycle-routes.ts';
import { addRebuildRoutes, type RebuildRouteParts } from './rebuild-routes.ts';
import type { RequestFigures } from './request-figures.ts';
import { addRestatementRoutes } from './restatement-routes.ts';
import { addSalesRoutes } from './sales-routes.ts';
import { addChannelRoutes } from './channel-routes.ts';
import { addExperienceRoutes } from './experience-routes.ts';
import { addFunnelRoutes } from './funnel-routes.ts';
import { addJourneyRoutes } from './journey-routes.ts';
import { addSentimentRoutes } from './sentiment-routes.ts';
import { addStageDwellRoutes } from './stage-dwell-routes.ts';
import { addStageFlowRoutes } from './stage-flow-routes.ts';
import { addRfmRoutes } from './rfm-routes.ts';
import { addSpendRoutes } from './spend-routes.ts';
import { addStageRoutes } from './stage-routes.ts';
import { addStickinessRoutes } from './stickiness-routes.ts';
import { addValueRoutes } from './value-routes.ts';
import { type ComputeWhatIf, addWhatIfRoutes } from './what-if-routes.ts';
import { exportVerifications } from './export-verifications.ts';
import { addVerificationRoutes, type VerificationRoutes } from './verification-routes.ts';

export interface MetricsHttpOptions {
  logger: Logger;
  keyRing: KeyRing;
  reader: FigureReader;
  /** Before each request is handled: see `createRequestFigures`. */
  chooseFigures: RequestFigures['choose'];
  rebuilds: RebuildRouteParts & DefinitionRouteParts;
  computeWhatIf: ComputeWhatIf;
  findProfile: FindProfileByIdentifier;
  /** Without the short statement timeout of the reader's. */
  verificationPool: Pool;
  deadLetters: DeadLetterStore;
  console: Pick<ConsoleRouteParts, 'keys' | 'urls'>;
  ready: Readonly<Record<string, ReadinessCheck>>;
  host: string;
  http?: HttpConfig;
  tracing?: Tracing | undefined;
}

export interface MetricsHttp {
  app: HttpApp;
  registry: ServiceHttp['registry'];
  summary: Summary;
  verifications: VerificationRoutes;
}

export async function createMetricsHttp(options: MetricsHttpOptions): Promise<MetricsHttp> {
  const { logger, keyRing, reader, computeWhatIf, verificationPool, deadLetters, ready, host, http } =
    options;
  const { app, requireKey, registry } = await createHttpApp({
    service: 'metrics',
    title: 'Throughline metrics',
    description: 'Churn, retention, growth, journey stages and sales, exact while touchpoints stream in.',
    logger,
    keyRing,
    ready,
    deadLetters,
    host,
    ...(http === undefined ? {} : { http }),
    bodyLimitBytes: 64 * 1024,
    tracing: options.tracing,
  });
  const summary = createSummary({ logger, service: 'metrics', registry });
  app.addHook('preHandler', options.chooseFigures);
  addGrowthRoutes(app, reader, requireKey);
  addCohortRoutes(app, reader, requireKey);
  addLifecycleRoutes(app, reader, requireKey);
  addStickinessRoutes(app, reader, requireKey);
  addStageRoutes(app, reader, requireKey);
  addStageFlowRoutes(app, reader, requireKey);
  addStageDwellRoutes(app, reader, requireKey);
  addFunnelRoutes(app, reader, requireKey);
  addChannelRoutes(app, reader, requireKey);
  addExperienceRoutes(app, reader, requireKey);
  addSentimentRoutes(app, reader, requireKey);
  addJourneyRoutes(app, { reader, findProfile: options.findProfile }, requireKey);
  addSalesRoutes(app, reader, requireKey);
  addAtRiskRoutes(app, reader, requireKey);
  addExplainRoutes(app, reader, requireKey);
  addValueRoutes(app, reader, requireKey);
  addRfmRoutes(app, reader, requireKey);
  addSpendRoutes(app, reader, requireKey);
  addRestatementRoutes(app, reader, requireKey);
  addFreshnessRoutes(app, reader, requireKey);
  addTouchpointRoutes(app, reader, requireKey);
  addErasureRoutes(app, reader, requireKey);
  addWhatIfRoutes(app, { reader, computeWhatIf }, requireKey);
  addRebuildRoutes(app, options.rebuilds, requireKey);
  addDefinitionRoutes(app, options.rebuilds, requireKey);
  addGroupingRoutes(app, options.rebuilds, requireKey);
  exportVerifications(options.reader.pool, registry);
  const verifications = addVerificationRoutes(app, {
    pool: verificationPool,
    generation: () => reader.generation,
    logger,
    requireKey,
  });
  addConsoleRoutes(app, { ...options.console, keyRing, reader });
  return { app, registry, summary, verifications };
}
