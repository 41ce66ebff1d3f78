/** Opens the log a contract run is about, in the test's own process and in its children. */
import { createPool, silentLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { createPostgresEventLog, type EventLog } from '../src/index.ts';
import { createKafkaEventLog } from '../src/kafka/create-kafka-event-log.ts';

export type LogConfiguration = {
  /** Of the consumers' database; the log's too, on Postgres. */
  connectionString: string;
  leaseMs?: number;
  /** Short where the process is stopped within a transaction. Default: long enough for a busy machine. */
  idleInTransactionTimeoutMs?: number;
} & ({ adapter: 'postgres' } | { adapter: 'kafka'; brokers: string });

export interface OpenedLog {
  log: EventLog;
  /** Of the consumers' database. */
  pool: Pool;
  close(): Promise<void>;
}

export function openPool(connectionString: string, idleInTransactionTimeoutMs = 60_000): Pool {
  return createPool({
    connectionString,
    applicationName: 'contract',
    idleInTransactionTimeoutMs,
    onError: () => {},
  });
}

export function openLog(configuration: LogConfiguration, instanceId: string): OpenedLog {
  const pool = openPool(configuration.connectionString, configuration.idleInTransactionTimeoutMs);
  const log = createLog(configuration, pool, instanceId);
  return {
    log,
    pool,
    async close() {
      await log.close();
      await pool.end();
    },
  };
}

function createLog(configuration: LogConfiguration, pool: Pool, instanceId: string): EventLog {
  const common = { instanceId, logger: silentLog, haltRecheckMs: 100, reportIntervalMs: 50 };
  const leaseMs = configuration.leaseMs ?? 2_000;
  if (configuration.adapter === 'postgres') return createPostgresEventLog({ ...common, pool, leaseMs });
  const brokers = configuration.brokers.split(',');
  return createKafkaEventLog({ ...common, brokers, sessionTimeoutMs: leaseMs, settleMs: 500 });
}
