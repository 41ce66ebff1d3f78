/** The event log on Postgres: what the embedded stack runs on, and small deployments that have no Kafka. */
import { join } from 'node:path';
import { AppError } from '@throughline/contracts';
import { runMigrations, type StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { AppendBuffer, type PartitionRecords } from '../append-buffer.ts';
import { encodeBatch, estimateBytes } from '../batch-payload.ts';
import { PartitionCounts } from '../partition-counts.ts';
import type { EventLog, SubscribeOptions } from '../port.ts';
import {
  appendBatches,
  maxBatchesPerAppend,
  type AppendedHead,
  type OutgoingBatch,
} from './append-batches.ts';
import { findOwned } from './group-membership.ts';
import { loadLag } from './group-positions.ts';
import { findRecordAges } from './find-record-ages.ts';
import { HeadWatch } from './head-watch.ts';
import { createDays, dropOldDays } from './log-days.ts';
import { PostgresSubscription } from './postgres-subscription.ts';
import { createTopics, loadPartitions } from './topics.ts';

export interface PostgresEventLogOptions {
  /** Readers keep one of its connections for notifications; leave at least three for the rest. */
  pool: Pool;
  /** Names this process in the group's rows. Need not be unique. */
  instanceId: string;
  logger: StructuredLog;
  /** Default `event_log`. */
  schema?: string;
  /** Whole days that records are kept at least. Default 7. */
  retentionDays?: number;
  /** Without a sign of life for this long, a member loses its partitions. Default 10,000. */
  leaseMs?: number;
  /** Readers look this often when no notification comes. Default 500. */
  pollMs?: number;
  /** Flushes of appends begin at least this far apart. Default 5. */
  lingerMs?: number;
  /** Appends that wait or are under way; past it they are refused as `overloaded`. Default 32 MiB. */
  maxBufferedBytes?: number;
  /** A halted partition is looked at again this often. Default 5,000. */
  haltRecheckMs?: number;
  /** The positions of groups are reported this often. Default 1,000. */
  reportIntervalMs?: number;
}

const migrations = join(import.meta.dirname, '..', '..', 'migrations', 'log');
const maxRowBytes = 1024 * 1024;
const upkeepIntervalMs = 3_600_000;
const pingTimeoutMs = 2_000;

/** The schema is made at first use. Throws nothing itself; the methods do, as the port says. */
export function createPostgresEventLog(options: PostgresEventLogOptions): EventLog {
  const { pool, logger: log, schema = 'event_log', retentionDays = 7 } = options;
  const subscriptions = new Set<PostgresSubscription>();
  let prepared: Promise<void> | undefined;
  let upkeepTimer: NodeJS.Timeout | undefined;
  let members = 0;
  let closed: Promise<void> | undefined;

  const watch = new HeadWatch({
    pool,
    schema,
    log,
    pollMs: options.pollMs ?? 500,
    onGroupChange: (group) => {
      for (const subscription of subscriptions) if (subscription.group === group) subscription.renewSoon();
    },
  });
  const buffer = new AppendBuffer({
    lingerMs: options.lingerMs ?? 5,
    maxBytes: options.maxBufferedBytes ?? 32 * 1024 * 1024,
    maxPartBytes: maxRowBytes,
    flush: async (parts) => {
      const batches = parts.map(toBatch);
      // Only many partitions or one huge append make more batches than a statement takes.
      for (let from = 0; from < batches.length; from += maxBatchesPerAppend) {
        watch.announce(await appendWithDays(batches.slice(from, from + maxBatchesPerAppend)));
      }
    },
  });

  async function prepare(): Promise<void> {
    await runMigrations(pool, { schema, directories: [migrations] });
    await createDays(pool, schema);
    await dropOldDays(pool, schema, retentionDays, log);
    upkeepTimer = setInterval(() => void keepUp(), upkeepIntervalMs);
    upkeepTimer.unref();
  }

  function ready(): Promise<void> {
    prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw unavailable(error);
    });
    return prepared;
  }

  async function keepUp(): Promise<void> {
    try {
      await createDays(pool, schema);
      await dropOldDays(pool, schema, retentionDays, log);
    } catch (error) {
      log.warn(
        { event: 'log.upkeep_failed', err: error },
        'days of the event log could not be made or dropped',
      );
    }
  }

  async function appendWithDays(batches: OutgoingBatch[]): Promise<AppendedHead[]> {
    try {
      return await appendBatches(pool, schema, batches);
    } catch (error) {
      // "no partition of relation found for row": the upkeep has not run for days, as after a machine's sleep.
      if ((error as { code?: unknown }).code !== '23514') throw error;
      await createDays(pool, schema);
      return await appendBatches(pool, schema, batches);
    }
  }

  const counts = new PartitionCounts(async (topic) => {
    await ready();
    return await loadPartitions(pool, schema, topic).catch((error: unknown) => {
      throw unavailable(error);
    });
  }, Infinity);

  async function subscribe(subscription: SubscribeOptions): Promise<PostgresSubscription> {
    await ready();
    for (const topic of subscription.topics) await counts.find(topic);
    watch.start();
    const member = `${options.instanceId}/${++members}/${crypto.randomUUID().slice(0, 8)}`;
    const made = new PostgresSubscription({
      pool,
      schema,
      member,
      watch,
      log,
      subscription,
      leaseMs: options.leaseMs ?? 10_000,
      haltRecheckMs: options.haltRecheckMs ?? 5_000,
      reportIntervalMs: options.reportIntervalMs ?? 1_000,
      onStopped: () => subscriptions.delete(made),
    });
    subscriptions.add(made);
    await made.start();
    return made;
  }

  async function close(): Promise<void> {
    clearInterval(upkeepTimer);
    await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    await buffer.close();
    await watch.close();
  }

  return {
    async ensureTopics(topics) {
      await ready();
      await createTopics(pool, schema, topics, log).catch((error: unknown) => {
        throw unavailable(error);
      });
    },
    partitions: (topic) => counts.find(topic),
    async append(records) {
      if (records.length > 0) await buffer.append(await counts.route(records));
    },
    async appendToPartition(topic, partition, records) {
      await counts.require(topic, partition);
      if (records.length > 0) await buffer.append([{ topic, partition, records }]);
    },
    subscribe,
    async lag(group, topics) {
      await ready();
      return await loadLag(pool, schema, group, topics).catch((error: unknown) => {
        throw unavailable(error);
      });
    },
    async owned(group, topics) {
      await ready();
      return await findOwned(pool, schema, group, topics).catch((error: unknown) => {
        throw unavailable(error);
      });
    },
    async recordAges(positions) {
      await ready();
      return await findRecordAges(pool, schema, positions).catch((error: unknown) => {
        throw unavailable(error);
      });
    },
    async ping() {
      await ready();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('no answer in time')), pingTimeoutMs);
      });
      try {
        await Promise.race([pool.query(`select 1 from ${schema}.topic limit 1`), late]);
      } catch (error) {
        throw unavailable(error);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => (closed ??= close()),
  };
}

function toBatch({ topic, partition, records }: PartitionRecords): OutgoingBatch {
  const bytes = records.reduce((sum, record) => sum + estimateBytes(record), 0);
  return { topic, partition, recordCount: records.length, bytes, payload: encodeBatch(records) };
}

function unavailable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('log_unavailable', 'the event log does not answer', { cause: error });
}
