/** Composition root: what identity is made of. */
import { hostname } from 'node:os';
import { createPostgresEventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createLogger, loggableError, runService } from '@throughline/runtime';
import { readConfig, type IdentityConfig } from './config.ts';
import { startIdentityService } from './start.ts';

const service = 'identity';
/** A batch of each partition, the relay, rechecks, decisions and the log's own connections at the same time. */
const poolSize = 16;
const apiStatementTimeoutMs = 5_000;
const config = configOrExit();
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
    const log = createPostgresEventLog({
      pool,
      instanceId: `${service}@${hostname()}:${process.pid}`,
      logger,
    });
    return startIdentityService({ config, logger, pool, apiPool, log });
  },
});

/** A wrong setting is for whoever types it, so it is told in one line and without a stack. */
function configOrExit(): IdentityConfig {
  try {
    return readConfig();
  } catch (error) {
    const err = loggableError(error);
    createLogger({ service }).fatal({ event: 'service.config_invalid', problem: err.message }, err.message);
    return process.exit(1);
  }
}
