/** The event log on Postgres: what the embedded stack runs on, and small deployments that have no Kafka. */
import { join } from 'node:path';
import { AppError } from '@throughline/contracts';
import { runMigrations, type StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { partitionOfKey, type EventLog, type OutgoingRecord, type SubscribeOptions } from '../port.ts';
import type { KeyedValue } from '../batch-payload.ts';
import { appendBatches, type AppendedHead, type OutgoingBatch } from './append-batches.ts';
import { AppendBuffer, type PartitionRecords } from './append-buffer.ts';
import { loadLag } from './group-positions.ts';
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
const upkeepIntervalMs = 3_600_000;
const pingTimeoutMs = 2_000;

/** The schema is made at first use. Throws nothing itself; the methods do, as the port says. */
export function createPostgresEventLog(options: PostgresEventLogOptions): EventLog {
  const { pool, logger: log, schema = 'event_log', retentionDays = 7 } = options;
  const subscriptions = new Set<PostgresSubscription>();
  const partitionCounts = new Map<string, number>();
  let prepared: Promise<void> | undefined;
  let upkeepTimer: NodeJS.Timeout | undefined;
  let members = 0;
  let closed: Promise<void> | undefined;
  /** Appends that wait to learn how many partitions their topics have; whoever comes after them waits too. */
  let unresolved = 0;
  let lastResolved: Promise<unknown> = Promise.resolve();

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
    flush: async (batches) => watch.announce(await appendWithDays(batches)),
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

  async function partitions(topic: string): Promise<number> {
    const known = partitionCounts.get(topic);
    if (known !== undefined) return known;
    await ready();
    const count = await loadPartitions(pool, schema, topic).catch((error: unknown) => {
      throw unavailable(error);
    });
    if (count === null) throw new AppError('log_unavailable', `the event log has no topic ${topic}`);
    partitionCounts.set(topic, count);
    return count;
  }

  async function resolveAfter(before: Promise<unknown>, topics: readonly string[]): Promise<void> {
    await before;
    for (const topic of topics) await partitions(topic);
  }

  /** Calls go on in the order in which they came: two appends of one key keep theirs. */
  async function resolvePartitions(topics: Iterable<string>): Promise<void> {
    const asked = [...topics];
    if (unresolved === 0 && asked.every((topic) => partitionCounts.has(topic))) return;
    unresolved++;
    const turn = resolveAfter(lastResolved, asked);
    lastResolved = turn.catch(() => {});
    await turn.finally(() => unresolved--);
  }

  async function append(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    await resolvePartitions(new Set(records.map((record) => record.topic)));
    const parts = new Map<string, { topic: string; partition: number; records: KeyedValue[] }>();
    for (const record of records) {
      const partition = partitionOfKey(record.key, partitionCounts.get(record.topic) ?? 1);
      const name = `${record.topic}/${partition}`;
      const part = parts.get(name);
      if (part === undefined) parts.set(name, { topic: record.topic, partition, records: [record] });
      else part.records.push(record);
    }
    await buffer.append([...parts.values()]);
  }

  async function appendToPartition(
    topic: string,
    partition: number,
    records: readonly KeyedValue[],
  ): Promise<void> {
    if (records.length === 0) return;
    await resolvePartitions([topic]);
    const count = partitionCounts.get(topic) ?? 0;
    if (partition < 0 || partition >= count) {
      throw new AppError(
        'log_unavailable',
        `the topic ${topic} has ${count} partitions, no number ${partition}`,
      );
    }
    const part: PartitionRecords = { topic, partition, records };
    await buffer.append([part]);
  }

  async function subscribe(subscription: SubscribeOptions): Promise<PostgresSubscription> {
    await ready();
    for (const topic of subscription.topics) await partitions(topic);
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
    partitions,
    append,
    appendToPartition,
    subscribe,
    async lag(group, topics) {
      await ready();
      return await loadLag(pool, schema, group, topics).catch((error: unknown) => {
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

function unavailable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('log_unavailable', 'the event log does not answer', { cause: error });
}
