/** Composition root: what identity is made of. */
import { hostname } from 'node:os';
import { createEventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { configOrExit, createLogger, loggableError, runService } from '@throughline/runtime';
import { readConfig } from './config.ts';
import { startIdentityService } from './start.ts';

const service = 'identity';
/** A batch of each partition, the relay, rechecks, decisions and the log's own connections at the same time. */
const poolSize = 16;
const apiStatementTimeoutMs = 5_000;
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async () => {
    const onError = (error: Error): void =>
      logger.warn({ event: 'database.connection_lost', err: loggableError(error) }, 'replaced');
    const connectionString = config.databaseUrl;
    const pool = createPool({
      connectionString,
      applicationName: 'throughline-identity',
      max: poolSize,
      onError,
    });
    const apiPool = createPool({
      connectionString,
      applicationName: 'throughline-identity-api',
      statementTimeoutMs: apiStatementTimeoutMs,
      onError,
    });
    const log = createEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
      kafkaBrokers: config.kafkaBrokers,
    });
    return startIdentityService({ config, logger, pool, apiPool, log });
  },
});
