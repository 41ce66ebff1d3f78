/** A service's connections: three pools of one database, each for another kind of work, and the event log. */
import { hostname } from 'node:os';
import type { ServiceName } from '@throughline/contracts';
import { createEventLog, type EventLog } from '@throughline/event-log';
import { createConsumerPool, createPool } from '@throughline/postgres';
import type { Pool } from 'pg';
import { loggableError, type Logger } from '../logger.ts';
import type { ServiceConfig } from '../service-config.ts';
import { createTracing } from '../tracing/create-tracing.ts';
import type { Tracing } from '../tracing/tracing.ts';

export interface ServiceResources {
  /** For the log and for work in the background. */
  pool: Pool;
  /** For requests: the server ends a statement before its client has given up. A question sends what it can together. */
  apiPool: Pool;
  /** For batches: see `createConsumerPool`. */
  consumerPool: Pool;
  log: EventLog;
  /** Undefined where no collector is set. */
  tracing?: Tracing | undefined;
}

export interface OpenResourcesOptions {
  service: ServiceName;
  config: Pick<ServiceConfig, 'databaseUrl' | 'kafka' | 'tracing'>;
  logger: Logger;
  /** Most connections of each pool. */
  connections: { background: number; api: number; consumer: number };
}

/** HTTP clients wait 10 s and more; a 503 after half of that lets them try again. */
const apiStatementTimeoutMs = 5_000;

/** Connects to nothing yet: pools and log connect when they are first used. */
export async function openResources({
  service,
  config,
  logger,
  connections,
}: OpenResourcesOptions): Promise<ServiceResources> {
  const applicationName = `throughline-${service}`;
  const connection = {
    connectionString: config.databaseUrl,
    onError: (error: Error) =>
      logger.warn({ event: 'database.connection_lost', err: loggableError(error) }, 'connection replaced'),
  };
  const pool = createPool({ ...connection, applicationName, max: connections.background });
  const apiPool = createPool({
    ...connection,
    applicationName: `${applicationName}-api`,
    max: connections.api,
    statementTimeoutMs: apiStatementTimeoutMs,
    pipeline: true,
  });
  const consumerPool = createConsumerPool({
    ...connection,
    applicationName: `${applicationName}-consumer`,
    max: connections.consumer,
  });
  const instanceId = `${service}@${hostname()}:${process.pid}`;
  const log = await createEventLog({ pool, instanceId, logger, kafka: config.kafka });
  const tracing = await createTracing({ service, config: config.tracing, logger });
  return { pool, apiPool, consumerPool, log, tracing };
}
