/** Opens the log a contract run is about, in the test's own process and in its children. */
import { createPool, silentLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { createPostgresEventLog, type EventLog } from '../src/index.ts';

export interface LogConfiguration {
  adapter: 'postgres';
  /** Of the consumers' database, and of the log. */
  connectionString: string;
  leaseMs?: number;
}

export interface OpenedLog {
  log: EventLog;
  /** Of the consumers' database. */
  pool: Pool;
  close(): Promise<void>;
}

export function openPool(connectionString: string): Pool {
  return createPool({
    connectionString,
    applicationName: 'contract',
    idleInTransactionTimeoutMs: 1_000,
    onError: () => {},
  });
}

export function openLog(configuration: LogConfiguration, instanceId: string): OpenedLog {
  const pool = openPool(configuration.connectionString);
  const log = createPostgresEventLog({
    pool,
    instanceId,
    logger: silentLog,
    leaseMs: configuration.leaseMs ?? 2_000,
    haltRecheckMs: 100,
    reportIntervalMs: 50,
  });
  return {
    log,
    pool,
    async close() {
      await log.close();
      await pool.end();
    },
  };
}
