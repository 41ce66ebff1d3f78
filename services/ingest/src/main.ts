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
    const pool = createPool({
      connectionString: config.databaseUrl,
      applicationName: `throughline-${service}`,
      onError: (error) =>
        logger.warn({ event: 'database.connection_lost', err: loggableError(error) }, 'replaced'),
    });
    const log = createPostgresEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
    });
    return startIngest({ config, logger, pool, log });
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
