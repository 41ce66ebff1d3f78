/** Composition root: what ingest is made of. */
import { hostname } from 'node:os';
import { createEventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { configOrExit, createLogger, loggableError, runService } from '@throughline/runtime';
import { readConfig } from './config.ts';
import { startIngest } from './start.ts';

const service = 'ingest';
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async () => {
    const onError = (error: Error): void =>
      logger.warn({ event: 'database.connection_lost', err: loggableError(error) }, 'replaced');
    const connectionString = config.databaseUrl;
    const applicationName = `throughline-${service}`;
    const pool = createPool({ connectionString, applicationName, onError });
    const apiPool = createPool({
      connectionString,
      applicationName: `${applicationName}-api`,
      max: 4,
      statementTimeoutMs: 5_000,
      onError,
    });
    const log = createEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
      kafka: config.kafka,
    });
    return await startIngest({ config, logger, pool, apiPool, log });
  },
});
