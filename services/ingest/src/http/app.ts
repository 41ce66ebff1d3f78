/** The HTTP side of ingest: the shared server with this service's routes. */
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
} from '@throughline/runtime';
import type { IsBlockedIdentifier } from '@throughline/contracts';
import type { DeadLetterStore, EventLog } from '@throughline/event-log';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { SourceSettings } from '../core/source-settings.ts';
import { createPairLimits, type PairsPerMinute } from '../receive/pair-limits.ts';
import { createReceiver } from '../receive/receive-items.ts';
import { addIngestRoutes } from './ingest-routes.ts';
import { addPoslogRoute } from './poslog-route.ts';
import { addReceiptGapsRoute } from './receipt-gaps-route.ts';
import { addReceiptRoute } from './receipt-route.ts';
import { addRejectedRoutes } from './rejected-routes.ts';
import { addWebhookRoutes } from './webhook-routes.ts';
import { requestMaxBytes } from './request-limits.ts';

export interface IngestHttpOptions {
  logger: Logger;
  keyRing: KeyRing;
  database: NodePgDatabase;
  log: Pick<EventLog, 'append'>;
  deadLetters: DeadLetterStore;
  ready: Readonly<Record<string, ReadinessCheck>>;
  host: string;
  http?: HttpConfig;
  sources: SourceSettings;
  timeZone: string;
  isBlocked: IsBlockedIdentifier;
  pairsPerMinute: PairsPerMinute;
  /** For tests; see `createHttpApp`. */
  requestTimeoutMs?: number;
  maxBytesInFlight?: number;
  now?: () => number;
}

export interface IngestHttp {
  app: HttpApp;
  registry: ServiceHttp['registry'];
  summary: Summary;
}

export async function createIngestHttp(options: IngestHttpOptions): Promise<IngestHttp> {
  const {
    logger,
    keyRing,
    database,
    log,
    ready,
    deadLetters,
    host,
    sources,
    timeZone,
    isBlocked,
    pairsPerMinute,
    now = Date.now,
    ...limits
  } = options;
  const { app, requireKey, bodyReader, rateLimits, registry } = await createHttpApp({
    service: 'ingest',
    title: 'Throughline ingest',
    description: 'Takes touchpoints from websites, points of sale and servers.',
    logger,
    keyRing,
    ready,
    deadLetters,
    host,
    bodyLimitBytes: requestMaxBytes,
    ...limits,
  });
  const summary = createSummary({ logger, service: 'ingest', registry });
  summary.gauge('bytesInFlight', () => bodyReader.bytesInFlight());
  const pairLimits = createPairLimits(pairsPerMinute);
  const receiver = createReceiver({ log, logger, summary, sources, timeZone, isBlocked, pairLimits });
  await addIngestRoutes(app, {
    receiver,
    bodyReader,
    rateLimits,
    keyRing,
    allowedOrigins: sources.website?.allowedOrigins,
    now,
  });
  await addReceiptRoute(app, { receiver, bodyReader, requireKey, now });
  await addPoslogRoute(app, { receiver, bodyReader, requireKey, now });
  await addWebhookRoutes(app, { receiver, bodyReader, sources, now });
  addReceiptGapsRoute(app, { database, sources, requireKey });
  addRejectedRoutes(app, { database, receiver, requireKey });
  return { app, registry, summary };
}
