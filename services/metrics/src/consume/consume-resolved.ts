/**
 * The loop from `resolved.v1` to the figures. A batch is one transaction: repeats dropped, facts, memberships and figures
 * written, the offset advanced. What can never work is isolated by halving and goes to the dead letters, alone.
 */
import { consumerGroups, topics, type ResolvedRecord } from '@throughline/contracts';
import {
  consumeInTransaction,
  createMutex,
  dropRepeats,
  loadConsumerPosition,
  sliceBatch,
  saveDeadLetter,
  type ConsumerWatch,
  type PartitionBatch,
  type Subscription,
} from '@throughline/event-log';
import { RetryTransaction } from '@throughline/postgres';
import type { Logger, Summary } from '@throughline/runtime';
import type { Pool, PoolClient } from 'pg';
import { saveProgress } from '../db/save-progress.ts';
import { applyRecords, type AppliedBatch, type FigureContext } from './apply-records.ts';
import { logBatch } from './log-batch.ts';
import { parseRecords, type ParsedRecord } from './parse-records.ts';

export interface ConsumerOptions {
  /** From `createConsumerPool`. */
  pool: Pool;
  /** What the consumer subscribes through. */
  watch: Pick<ConsumerWatch, 'subscribe'>;
  figures: FigureContext;
  logger: Logger;
  summary: Summary;
}

const consumer = { schema: 'metrics', group: consumerGroups.metrics };
const topic = topics.resolved;

/** A batch also ends here, so that no transaction locks without bound: a change of a large component is one record. */
const maxMemberships = 5_000;

export async function startConsuming(options: ConsumerOptions): Promise<Subscription> {
  const runExclusive = createMutex();
  return await options.watch.subscribe({
    group: consumer.group,
    topics: [topic],
    loadPosition: (_topic, partition) => loadConsumerPosition(options.pool, consumer, topic, partition),
    handle: (batch) => runExclusive(() => consumeBatch(options, batch)),
  });
}

async function consumeBatch(options: ConsumerOptions, batch: PartitionBatch): Promise<void> {
  for (const part of cutByMemberships(parseRecords(batch.records))) {
    await consumePart(options, batch, part);
  }
}

function* cutByMemberships(records: readonly ParsedRecord[]): Generator<ParsedRecord[]> {
  let part: ParsedRecord[] = [];
  let memberships = 0;
  for (const parsed of records) {
    part.push(parsed);
    memberships += parsed.record?.memberships.length ?? 0;
    if (memberships < maxMemberships) continue;
    yield part;
    part = [];
    memberships = 0;
  }
  if (part.length > 0) yield part;
}

async function consumePart(
  options: ConsumerOptions,
  batch: PartitionBatch,
  part: readonly ParsedRecord[],
): Promise<void> {
  const startedAt = performance.now();
  const attempt: Attempt = { remembered: new Set(), count: 0 };
  const consumePartOnce = (records: readonly ParsedRecord[]) =>
    consumeInTransaction(
      options.pool,
      {
        ...consumer,
        batch: sliceBatch(
          batch,
          records.map(({ source }) => source),
        ),
      },
      ({ client, records: fresh }) =>
        applyPart(options, client, batch.partition, records.slice(-fresh.length), attempt),
    );
  try {
    const result = await consumePartOnce(part);
    if (result !== null) logBatch(options, batch.partition, result, performance.now() - startedAt);
  } catch (error) {
    if (!(error instanceof RetryTransaction) && !isDataError(error)) throw error;
    if (part.length > 1) {
      const middle = Math.ceil(part.length / 2);
      options.summary.count('batchesHalved');
      await consumePart(options, batch, part.slice(0, middle));
      await consumePart(options, batch, part.slice(middle));
      return;
    }
    if (!isDataError(error)) throw error;
    const alone = part.map((parsed) => ({ ...parsed, record: null, problem: error.message }));
    const result = await consumePartOnce(alone);
    if (result !== null) logBatch(options, batch.partition, result, performance.now() - startedAt);
  }
}

/** Class 22 of PostgreSQL's codes: a value that no column can hold, such as a time out of range. */
function isDataError(error: unknown): error is Error {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && code.startsWith('22');
}

export interface ConsumedPart {
  applied: AppliedBatch;
  deadLetters: readonly ParsedRecord[];
  /** Records that the relay sent again. */
  repeats: number;
  records: number;
  /** Of the transaction: 1 unless somebody else was in the way. */
  attempts: number;
}

/** Kept over the attempts at one transaction. */
interface Attempt {
  /** Identifiers that turned out to be needed. */
  remembered: Set<string>;
  count: number;
}

async function applyPart(
  { figures }: ConsumerOptions,
  client: PoolClient,
  partition: number,
  parsed: readonly ParsedRecord[],
  attempt: Attempt,
): Promise<ConsumedPart> {
  attempt.count += 1;
  const deadLetters = parsed.filter(({ record }) => record === null);
  for (const { source, problem } of deadLetters) {
    const reason = { code: 'unreadable_record', message: problem };
    await saveDeadLetter(client, { ...consumer, topic, partition, record: source, ...reason });
  }
  const readable = parsed.flatMap(({ record }) => (record === null ? [] : [record]));
  const isNew = await dropRepeats(
    client,
    { schema: consumer.schema, topic, partition },
    readable.map(({ shard, sequence }) => ({ shard, sequence })),
  );
  const records = readable.filter((_record, index) => isNew[index] === true);
  const applied = await applyRecords(client, figures, { partition, records }, attempt.remembered);
  const processedThrough = latestReceipt(records);
  if (processedThrough !== null) await saveProgress(client, { topic, partition, processedThrough });
  return {
    applied,
    deadLetters,
    repeats: readable.length - records.length,
    records: parsed.length,
    attempts: attempt.count,
  };
}

function latestReceipt(records: readonly ResolvedRecord[]): number | null {
  let latest: number | null = null;
  for (const record of records) {
    if (record.kind !== 'touchpoint.resolved') continue;
    latest = Math.max(latest ?? Number.NEGATIVE_INFINITY, Date.parse(record.touchpoint.receivedAt));
  }
  return latest;
}
