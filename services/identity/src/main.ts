/** Composition root: what identity is made of. */
import { hostname } from 'node:os';
import { createEventLog } from '@throughline/event-log';
import { createConsumerPool, createPool } from '@throughline/postgres';
import { configOrExit, createLogger, loggableError, runService } from '@throughline/runtime';
import { readConfig } from './config.ts';
import { startIdentityService } from './start.ts';

const service = 'identity';
/** A batch of each partition, the relay, rechecks and decisions at the same time. */
const consumerPoolSize = 10;
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
    const pool = createPool({ connectionString, applicationName: 'throughline-identity', max: 6, onError });
    const consumerPool = createConsumerPool({
      connectionString,
      applicationName: 'throughline-identity-consumer',
      max: consumerPoolSize,
      onError,
    });
    const apiPool = createPool({
      connectionString,
      applicationName: 'throughline-identity-api',
      max: 6,
      statementTimeoutMs: apiStatementTimeoutMs,
      onError,
    });
    const log = createEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
      kafka: config.kafka,
    });
    return await startIdentityService({ config, logger, pool, apiPool, consumerPool, log });
  },
});
