/** One transaction of the loop: fence, repeats, what cannot be used set aside, the service's `handle`, the offset. */
import type { DeadLetterCode, DeadLetterState } from '@throughline/contracts';
import { backoffMs } from '@throughline/timing';
import type { PoolClient } from 'pg';
import { consumeInTransaction } from '../consumer/consume-in-transaction.ts';
import { saveDeadLetter } from '../consumer/dead-letters.ts';
import { dropRepeats } from '../consumer/drop-repeats.ts';
import { sliceBatch } from '../consumer/slice-batch.ts';
import type { PartitionBatch } from '../port.ts';
import type { ConsumerContext } from './consumer.ts';
import type { ConsumedRecord } from './parsed-record.ts';
import { reportSetAside, type SetAsideRecord } from './report-set-aside.ts';

export interface StuckReason {
  code: DeadLetterCode;
  /** For the dead letter; may quote the record. */
  message: string;
  /** For the log; must not. */
  problem: string;
  /** Attempts apart that count as made. */
  attempts: number;
}

/** By which the wait of a record that was set aside grows with each attempt apart. */
const retryFactor = 4;

export interface PartOptions {
  /** The records are not handled but set aside as stuck, for this reason. */
  stuck?: StuckReason | undefined;
  /** Of each statement. Default: the pool's. */
  statementTimeoutMs?: number | undefined;
}

interface Transaction<T> {
  client: PoolClient;
  topic: string;
  partition: number;
  records: readonly ConsumedRecord<T>[];
  neededKeys: Set<string>;
}

interface Effects<T, R> {
  result: R | null;
  handled: T[];
  repeats: number;
  setAside: SetAsideRecord[];
}

/**
 * Consumes `part`, records of `batch` that follow each other; those below the committed offset are dropped. Rejects with
 * whatever fails, and nothing has happened.
 */
export async function consumePart<T, R>(
  context: ConsumerContext<T, R>,
  batch: PartitionBatch,
  part: readonly ConsumedRecord<T>[],
  options: PartOptions = {},
): Promise<void> {
  const { consumer, pool } = context;
  const { schema, group } = consumer;
  const { topic, partition } = batch;
  const records = part.map(({ record }) => record);
  const neededKeys = new Set<string>();
  let startedAt = 0;
  let attempts = 0;
  // A turn is one transaction: a batch that is cut into many must not keep the other partitions waiting.
  const effects = await context.runExclusive(async () => {
    startedAt = performance.now();
    return await consumeInTransaction(
      pool,
      { schema, group, batch: sliceBatch(batch, records) },
      async ({ client, records: fresh }) => {
        attempts += 1;
        await limitStatements(client, options.statementTimeoutMs);
        const transaction = { client, topic, partition, records: part.slice(-fresh.length), neededKeys };
        return await applyRecords(context, transaction, options);
      },
    );
  });
  if (effects === null) return;
  const { result, handled, repeats, setAside } = effects;
  for (const one of setAside) reportSetAside(context, one);
  const durationMs = performance.now() - startedAt;
  consumer.report?.({ topic, partition, result, records: handled, repeats, attempts, durationMs });
}

async function limitStatements(client: PoolClient, timeoutMs: number | undefined): Promise<void> {
  if (timeoutMs !== undefined) await client.query(`set local statement_timeout = ${timeoutMs}`);
}

async function applyRecords<T, R>(
  context: ConsumerContext<T, R>,
  transaction: Transaction<T>,
  options: PartOptions,
): Promise<Effects<T, R>> {
  const { client, topic, partition, records, neededKeys } = transaction;
  const fresh = await withoutRepeats(context, transaction);
  const setAside: SetAsideRecord[] = [];
  const values: T[] = [];
  for (const consumed of fresh) {
    const { parsed } = consumed;
    if (parsed.kind === 'readable' && options.stuck === undefined) {
      values.push(parsed.value);
      continue;
    }
    const saved = await setRecordAside(context, transaction, consumed, options);
    if (saved !== null) setAside.push(saved);
  }
  const result =
    values.length === 0
      ? null
      : await context.consumer.handle({ client, topic, partition, records: values, neededKeys });
  return { result, handled: values, repeats: records.length - fresh.length, setAside };
}

/** The watermarks advance for records that are set aside too: a relay that sends them again finds them consumed. */
async function withoutRepeats<T, R>(
  { consumer }: ConsumerContext<T, R>,
  { client, topic, partition, records }: Transaction<T>,
): Promise<ConsumedRecord<T>[]> {
  const positions = records.flatMap(({ parsed }) => parsed.position ?? []);
  const { schema, group } = consumer;
  const isNew = await dropRepeats(client, { schema, group, topic, partition }, positions);
  let next = 0;
  return records.filter(({ parsed }) => parsed.position === undefined || isNew[next++] === true);
}

async function setRecordAside<T, R>(
  { consumer, retryPolicy }: ConsumerContext<T, R>,
  { client, topic, partition }: Transaction<T>,
  { record, parsed }: ConsumedRecord<T>,
  options: PartOptions,
): Promise<SetAsideRecord | null> {
  const { schema, group } = consumer;
  const { state, code, message, problem, attempts } = reasonOf(parsed, options.stuck);
  const { touchpoint } = parsed;
  const retryInMs =
    state === 'dead' ? undefined : backoffMs({ ...retryPolicy, factor: retryFactor }, attempts + 1);
  const letter = { state, code, message, touchpoint, attempts, retryInMs };
  const id = await saveDeadLetter(client, { schema, group, topic, partition, record, ...letter });
  if (id === null) return null;
  return { id, topic, partition, offset: record.offset, state, code, problem, touchpoint };
}

function reasonOf<T>(
  parsed: ConsumedRecord<T>['parsed'],
  stuck: StuckReason | undefined,
): StuckReason & { state: Exclude<DeadLetterState, 'replayed'> } {
  if (parsed.kind === 'readable') {
    if (stuck === undefined)
      throw new Error('a record that can be handled is not set aside without a reason');
    return { state: 'stuck', ...stuck };
  }
  const { problem } = parsed;
  const reason = { message: problem, problem, attempts: 0 };
  if (parsed.kind === 'unreadable') return { state: 'dead', code: 'unreadable_record', ...reason };
  if (parsed.kind === 'unknown') return { state: 'waiting', code: 'unknown_kind', ...reason };
  return { state: 'stuck', code: 'record_failed', ...reason };
}
