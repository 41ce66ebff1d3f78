/** The event log on Postgres: what the embedded stack runs on, and small deployments that have no Kafka. */
import { setImmediate as nextLoopTurn } from 'node:timers/promises';
import { RetryTransaction, type StructuredLog } from '@throughline/postgres';
import { withTimeout } from '@throughline/timing';
import type { Pool, PoolClient } from 'pg';
import { AppendLanes, defaultMaxBufferedBytes } from '../append-lanes.ts';
import { encodeBatch, estimateBytes } from '../batch-payload.ts';
import { byPlace, gatherParts, type PartitionRecords } from '../partition-records.ts';
import { PartitionCounts } from '../partition-counts.ts';
import type { EventLog, PlacedRecord, SubscribeOptions } from '../port.ts';
import {
  appendBatches,
  maxBatchesPerAppend,
  type AppendedHead,
  type OutgoingBatch,
} from './append-batches.ts';
import { findOwned } from './group-membership.ts';
import { loadLags } from './group-positions.ts';
import { createFetchRows } from './fetch-rows.ts';
import { findRecordAges } from './find-record-ages.ts';
import { HeadWatch } from './head-watch.ts';
import { createDays } from './log-days.ts';
import { PostgresSubscription } from './postgres-subscription.ts';
import { PreparedSchema } from './prepared-schema.ts';
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

const maxRowBytes = 1024 * 1024;
const longToEncodeBytes = 256 * 1024;
const pingTimeoutMs = 2_000;

/** The schema is made at first use. Throws nothing itself; the methods do, as the port says. */
export function createPostgresEventLog(options: PostgresEventLogOptions): EventLog {
  const { pool, logger: log, schema = 'event_log', retentionDays = 7 } = options;
  const prepared = new PreparedSchema({ pool, schema, retentionDays, log });
  const subscriptions = new Set<PostgresSubscription>();
  let members = 0;
  let closed: Promise<void> | undefined;

  function renewGroup(group: string): void {
    for (const subscription of subscriptions) if (subscription.group === group) subscription.renewSoon();
  }
  const watch = new HeadWatch({
    pool,
    schema,
    log,
    pollMs: options.pollMs ?? 500,
    onGroupChange: renewGroup,
  });
  const fetch = createFetchRows(pool, schema);
  const buffer = createBuffer(options, schema, watch);
  const counts = new PartitionCounts(
    (topic) => prepared.use(() => loadPartitions(pool, schema, topic)),
    Infinity,
  );

  async function subscribe(subscription: SubscribeOptions): Promise<PostgresSubscription> {
    await prepared.ready();
    for (const topic of subscription.topics) await counts.find(topic);
    watch.start();
    const member = `${options.instanceId}/${++members}/${crypto.randomUUID().slice(0, 8)}`;
    const made = new PostgresSubscription({
      pool,
      schema,
      member,
      watch,
      fetch,
      log,
      subscription,
      ...subscriptionTimes(options),
      onStopped: () => subscriptions.delete(made),
    });
    subscriptions.add(made);
    await made.start();
    return made;
  }

  async function close(): Promise<void> {
    prepared.close();
    await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    await buffer.close();
    await watch.close();
  }

  return {
    ensureTopics: (topics) => prepared.use(() => createTopics(pool, schema, topics, log)),
    partitions: (topic) => counts.find(topic),
    async append(records) {
      if (records.length > 0) await buffer.append(await counts.route(records));
    },
    async appendToPartition(topic, partition, records) {
      await counts.require(topic, partition);
      if (records.length > 0) await buffer.appendInOrder([{ topic, partition, records }]);
    },
    appendInTransaction: (client, records) => appendInTransaction(pool, schema, client, records),
    subscribe,
    ...createLags((asked) => prepared.use(() => loadLags(pool, schema, asked))),
    owned: (group, topics) => prepared.use(() => findOwned(pool, schema, group, topics)),
    recordAges: (positions) => prepared.use(() => findRecordAges(pool, schema, positions)),
    async ping() {
      const ask = async () => await pool.query(`select 1 from ${schema}.topic limit 1`);
      await prepared.use(() => withTimeout(ask(), pingTimeoutMs, 'a ping of the event log'));
    },
    close: () => (closed ??= close()),
  };
}

function createLags(lagsInOrder: EventLog['lagsInOrder']): Pick<EventLog, 'lag' | 'lagsInOrder'> {
  return { lag: async (group, topics) => (await lagsInOrder([{ group, topics }])).flat(), lagsInOrder };
}

function createBuffer(options: PostgresEventLogOptions, schema: string, watch: HeadWatch): AppendLanes {
  return new AppendLanes({
    lingerMs: options.lingerMs ?? 5,
    maxBytes: options.maxBufferedBytes ?? defaultMaxBufferedBytes,
    maxPartBytes: maxRowBytes,
    flush: async (_lane, parts) => {
      for await (const heads of appendParts(options.pool, schema, parts)) watch.announce(heads);
    },
  });
}

function subscriptionTimes({ leaseMs, haltRecheckMs, reportIntervalMs }: PostgresEventLogOptions) {
  return {
    leaseMs: leaseMs ?? 10_000,
    haltRecheckMs: haltRecheckMs ?? 5_000,
    reportIntervalMs: reportIntervalMs ?? 1_000,
  };
}

/** The new heads, statement by statement: only many partitions or one huge append make more batches than a statement takes. */
async function* appendParts(
  pool: Pool,
  schema: string,
  parts: readonly PartitionRecords[],
): AsyncGenerator<AppendedHead[]> {
  const batches: OutgoingBatch[] = [];
  for (const part of parts) {
    const batch = toBatch(part);
    batches.push(batch);
    // To compress a megabyte takes milliseconds, and there may be several.
    if (batch.bytes > longToEncodeBytes) await nextLoopTurn();
  }
  for (let from = 0; from < batches.length; from += maxBatchesPerAppend) {
    yield await appendWithDays(pool, schema, batches.slice(from, from + maxBatchesPerAppend));
  }
}

async function appendWithDays(pool: Pool, schema: string, batches: OutgoingBatch[]): Promise<AppendedHead[]> {
  try {
    return await appendBatches(pool, schema, batches);
  } catch (error) {
    if (!isDayMissing(error)) throw error;
    await createDays(pool, schema);
    return await appendBatches(pool, schema, batches);
  }
}

async function appendInTransaction(
  pool: Pool,
  schema: string,
  client: PoolClient,
  records: readonly PlacedRecord[],
): Promise<void> {
  const batches = gatherParts(byPlace(records), maxRowBytes).map(toBatch);
  try {
    for (let from = 0; from < batches.length; from += maxBatchesPerAppend) {
      await appendBatches(client, schema, batches.slice(from, from + maxBatchesPerAppend), 'notified');
    }
  } catch (error) {
    if (!isDayMissing(error)) throw error;
    await createDays(pool, schema);
    throw new RetryTransaction('a day of the event log was missing', { cause: error });
  }
}

/** "no partition of relation found for row": the upkeep has not run for days, as after a machine's sleep. */
function isDayMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23514';
}

function toBatch({ topic, partition, records }: PartitionRecords): OutgoingBatch {
  const bytes = records.reduce((sum, record) => sum + estimateBytes(record), 0);
  return { topic, partition, recordCount: records.length, bytes, payload: encodeBatch(records) };
}
