/** Composition root: what metrics is made of. */
import { hostname } from 'node:os';
import { createEventLog } from '@throughline/event-log';
import { createPool, createConsumerPool } from '@throughline/postgres';
import { configOrExit, createLogger, loggableError, runService } from '@throughline/runtime';
import { readConfig } from './config.ts';
import { startMetrics } from './start.ts';

const service = 'metrics';
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async () => {
    const connection = {
      connectionString: config.databaseUrl,
      onError: (error: Error) =>
        logger.warn({ event: 'database.connection_lost', err: loggableError(error) }, 'replaced'),
    };
    const applicationName = `throughline-${service}`;
    const pool = createPool({ ...connection, applicationName });
    const apiPool = createPool({
      max: 5,
      ...connection,
      applicationName: `${applicationName}-api`,
      statementTimeoutMs: 5_000,
    });
    const consumerPool = createConsumerPool({
      ...connection,
      applicationName: `${applicationName}-consumer`,
    });
    const log = createEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
      kafka: config.kafka,
    });
    return await startMetrics({ config, logger, pool, apiPool, consumerPool, log });
  },
});
