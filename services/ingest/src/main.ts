/** Composition root: what ingest is made of. */
import { hostname } from 'node:os';
import { createPostgresEventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createLogger, loggableError, runService } from '@throughline/runtime';
import { readConfig, type IngestConfig } from './config.ts';
import { startIngest } from './start.ts';

const service = 'ingest';
const config = configOrExit();
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
    const log = createPostgresEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
    });
    return startIngest({ config, logger, pool, apiPool, log });
  },
});

/** A wrong setting is for whoever types it, so it is told in one line and without a stack. */
function configOrExit(): IngestConfig {
  try {
    return readConfig();
  } catch (error) {
    const err = loggableError(error);
    createLogger({ service }).fatal({ event: 'service.config_invalid', problem: err.message }, err.message);
    return process.exit(1);
  }
}
