/** Composition root: what metrics is made of. */
import { hostname } from 'node:os';
import { createPostgresEventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createLogger, loggableError, runService } from '@throughline/runtime';
import { readConfig, type MetricsConfig } from './config.ts';
import { createConsumerPool } from './db/create-consumer-pool.ts';
import { startMetrics } from './start.ts';

const service = 'metrics';
const config = configOrExit();
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
    const log = createPostgresEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
    });
    return startMetrics({ config, logger, pool, apiPool, consumerPool, log });
  },
});

/** A wrong setting is for whoever types it, so it is told in one line and without a stack. */
function configOrExit(): MetricsConfig {
  try {
    return readConfig();
  } catch (error) {
    const err = loggableError(error);
    createLogger({ service }).fatal({ event: 'service.config_invalid', problem: err.message }, err.message);
    return process.exit(1);
  }
}
