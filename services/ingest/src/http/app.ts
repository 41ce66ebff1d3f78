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
  type Tracing,
} from '@throughline/runtime';
import type { IsBlockedIdentifier, KeyKind } from '@throughline/contracts';
import type { DeadLetterStore, EventLog } from '@throughline/event-log';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import type { SourceDirectory } from '../core/source-directory.ts';
import type { SenderLimitsPerMinute } from '../receive/sender-limits.ts';
import { createReceiver, type Receiver } from '../receive/receive-items.ts';
import { addErasureRoutes } from './erasure-routes.ts';
import { addIngestRoutes } from './ingest-routes.ts';
import { addKeyRoutes } from './key-routes.ts';
import { addPoslogRoute } from './poslog-route.ts';
import { addReceiptGapsRoute } from './receipt-gaps-route.ts';
import { addReceiptRoute } from './receipt-route.ts';
import { addRejectedCountsRoute } from './rejected-counts-route.ts';
import { addRejectedRoutes } from './rejected-routes.ts';
import { addResubmissionRoutes } from './resubmission-routes.ts';
import { addSourceRoutes } from './source-routes.ts';
import { addWebhookRoutes } from './webhook-routes.ts';
import { requestMaxBytes } from './request-limits.ts';

export interface IngestHttpOptions {
  logger: Logger;
  keyRing: KeyRing;
  database: NodePgDatabase;
  /** Of the same database. */
  pool: Pool;
  log: Pick<EventLog, 'append'>;
  deadLetters: DeadLetterStore;
  ready: Readonly<Record<string, ReadinessCheck>>;
  host: string;
  http?: HttpConfig;
  tracing?: Tracing | undefined;
  sources: SourceDirectory;
  /** Loads keys and sources again; resolves when they are in force here. */
  refreshAccess: () => Promise<void>;
  /** Kinds of which the environment has a key. */
  builtInKinds: readonly KeyKind[];
  timeZone: string;
  isBlocked: IsBlockedIdentifier;
  senderLimits: SenderLimitsPerMinute;
  /** For tests; see `createHttpApp`. */
  requestTimeoutMs?: number;
  maxBytesInFlight?: number;
  now?: () => number;
}

export interface IngestHttp {
  app: HttpApp;
  registry: ServiceHttp['registry'];
  summary: Summary;
  receiver: Receiver;
  /** Has the listener called when a resubmission was made here. */
  onResubmission: (listener: () => void) => void;
}

export async function createIngestHttp(options: IngestHttpOptions): Promise<IngestHttp> {
  const {
    logger,
    keyRing,
    database,
    pool,
    log,
    ready,
    deadLetters,
    host,
    sources,
    refreshAccess,
    builtInKinds,
    timeZone,
    isBlocked,
    senderLimits,
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
    keyRequestsPerMinuteOf: (source) => sources.settingsOf(source).limits?.requestsPerMinute,
    ...limits,
  });
  const summary = createSummary({ logger, service: 'ingest', registry });
  summary.gauge('bytesInFlight', () => bodyReader.bytesInFlight());
  const receiver = createReceiver({
    log,
    logger,
    summary,
    sources,
    timeZone,
    isBlocked,
    senderLimits,
  });
  await addIngestRoutes(app, {
    receiver,
    bodyReader,
    rateLimits,
    keyRing,
    sources,
    now,
  });
  await addReceiptRoute(app, { receiver, bodyReader, requireKey, now });
  await addPoslogRoute(app, { receiver, bodyReader, requireKey, now });
  await addWebhookRoutes(app, { receiver, bodyReader, sources, now });
  addSourceRoutes(app, { database, logger, sources, refreshAccess, requireKey });
  addKeyRoutes(app, { database, logger, sources, refreshAccess, requireKey, builtInKinds });
  addReceiptGapsRoute(app, { database, sources, requireKey });
  addRejectedStoreRoutes(app, { database, pool, logger, receiver, requireKey, now });
  let wake = (): void => {};
  addResubmissionRoutes(app, { database, logger, requireKey, onCreated: () => wake(), now });
  return {
    app,
    registry,
    summary,
    receiver,
    onResubmission: (listener) => {
      wake = listener;
    },
  };
}

function addRejectedStoreRoutes(
  app: HttpApp,
  parts: Pick<IngestHttpOptions, 'database' | 'pool' | 'logger'> &
    Pick<IngestHttp, 'receiver'> &
    Pick<ServiceHttp, 'requireKey'> & { now: () => number },
): void {
  addRejectedRoutes(app, parts);
  addErasureRoutes(app, parts);
  addRejectedCountsRoute(app, parts);
}
