/** One transaction of the loop: fences, repeats, what cannot be used set aside, the service's `handle`, the offsets. */
import type { DeadLetterState } from '@throughline/contracts';
import { backoffMs } from '@throughline/timing';
import type { PoolClient } from 'pg';
import { consumeInTransaction } from '../consumer/consume-in-transaction.ts';
import { saveDeadLetter } from '../consumer/dead-letters.ts';
import { dropRepeats } from '../consumer/drop-repeats.ts';
import type { FreshBatch } from '../port.ts';
import type { ConsumerContext, PartitionRecords } from './consumer.ts';
import type { ConsumedRecord } from './parsed-record.ts';
import { untraced, type TransactionTrace } from './record-tracing.ts';
import { reportSetAside, type SetAsideRecord } from './report-set-aside.ts';
import { trafficOf, type PartOptions, type StuckReason, type TransactionPart } from './transaction-part.ts';

/** By which the wait of a record that was set aside grows with each attempt apart. */
const retryFactor = 4;

interface Transaction<T> {
  client: PoolClient;
  topic: string;
  parts: readonly PartitionRecords<ConsumedRecord<T>>[];
  neededKeys: Set<string>;
  trace: TransactionTrace;
}

interface Effects<T, R> {
  result: R | null;
  handled: readonly PartitionRecords<T>[];
  repeats: number;
  setAside: SetAsideRecord[];
}

/**
 * Consumes parts of different partitions; only one that is alone has options. Rejects with whatever fails, and nothing has
 * happened.
 */
export async function consumeTogether<T, R>(
  context: ConsumerContext<T, R>,
  parts: readonly TransactionPart<T>[],
): Promise<void> {
  const { consumer, pool } = context;
  const { schema, group, topic } = consumer;
  const options = parts[0]?.options ?? {};
  const neededKeys = new Set<string>();
  const trace = beginTrace(context, parts);
  const startedAt = performance.now();
  let attempts = 0;
  const committed = consumeInTransaction(
    pool,
    { schema, group, batches: parts.map(({ batch }) => batch) },
    async ({ client, batches }) => {
      attempts += 1;
      await limitStatements(client, options.statementTimeoutMs);
      const transaction = { client, topic, parts: freshParts(parts, batches), neededKeys, trace };
      return await applyRecords(context, transaction, options);
    },
  );
  const effects = await committed.catch((error: unknown) => {
    trace.fail(error);
    throw error;
  });
  if (effects === null) return;
  trace.commit();
  const { result, handled, repeats, setAside } = effects;
  for (const one of setAside) reportSetAside(context, one);
  const durationMs = performance.now() - startedAt;
  const records = allRecords(handled);
  const [part] = parts;
  if (part !== undefined) context.bulkPace.note(part.traffic, records.length, durationMs);
  consumer.report?.({ topic, partitions: handled, result, records, repeats, attempts, durationMs });
}

function beginTrace<T, R>(
  { tracing, consumer: { group, topic } }: ConsumerContext<T, R>,
  parts: readonly TransactionPart<T>[],
): TransactionTrace {
  if (tracing === undefined) return untraced;
  const traceparents = parts.flatMap(({ records }) => records.map(({ record }) => record.traceparent));
  return tracing.begin({ group, topic, traceparents });
}

async function limitStatements(client: PoolClient, timeoutMs: number | undefined): Promise<void> {
  if (timeoutMs !== undefined) await client.query(`set local statement_timeout = ${timeoutMs}`);
}

/** What was parsed, without what is below the committed offsets. */
function freshParts<T>(
  parts: readonly TransactionPart<T>[],
  batches: readonly FreshBatch[],
): PartitionRecords<ConsumedRecord<T>>[] {
  const parsed = new Map(parts.map(({ partition, records }) => [partition, records]));
  return batches.map(({ partition, records }) => ({
    partition,
    records: (parsed.get(partition) ?? []).slice(-records.length),
  }));
}

function allRecords<T>(parts: readonly PartitionRecords<T>[]): readonly T[] {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only.records : parts.flatMap(({ records }) => records);
}

async function applyRecords<T, R>(
  context: ConsumerContext<T, R>,
  transaction: Transaction<T>,
  options: PartOptions,
): Promise<Effects<T, R>> {
  const { client, topic, parts, neededKeys, trace } = transaction;
  const { consumer } = context;
  const fresh = await withoutRepeats(context, transaction);
  const setAside: SetAsideRecord[] = [];
  const handled: PartitionRecords<T>[] = [];
  for (const { partition, records } of fresh) {
    const values: T[] = [];
    for (const consumed of records) {
      const { parsed } = consumed;
      if (parsed.kind === 'readable' && options.stuck === undefined) {
        values.push(parsed.value);
        continue;
      }
      const saved = await setRecordAside(context, { client, partition, consumed }, options.stuck);
      if (saved !== null) setAside.push(saved);
    }
    if (values.length > 0) handled.push({ partition, records: values });
  }
  const repeats = countOf(parts) - countOf(fresh);
  const [first] = handled;
  if (first === undefined) return { result: null, handled, repeats, setAside };
  const shard = `${topic}/${first.partition}`;
  // A turn has parts of one class.
  const traffic = trafficOf(consumer, first.partition);
  const records = allRecords(handled);
  const batch = { client, topic, traffic, partitions: handled, records, shard, neededKeys };
  return { result: await consumer.handle({ ...batch, trace }), handled, repeats, setAside };
}

function countOf(parts: readonly PartitionRecords<unknown>[]): number {
  return parts.reduce((sum, { records }) => sum + records.length, 0);
}

/** The watermarks advance for records that are set aside too: a relay that sends them again finds them consumed. */
async function withoutRepeats<T, R>(
  { consumer }: ConsumerContext<T, R>,
  { client, topic, parts }: Transaction<T>,
): Promise<readonly PartitionRecords<ConsumedRecord<T>>[]> {
  const positions = parts.flatMap(({ partition, records }) =>
    records.flatMap(({ parsed: { position } }) =>
      position === undefined ? [] : { partition, shard: position.shard, sequence: position.sequence },
    ),
  );
  if (positions.length === 0) return parts;
  const { schema, group } = consumer;
  const isNew = await dropRepeats(client, { schema, group, topic }, positions);
  let next = 0;
  return parts.map(({ partition, records }) => ({
    partition,
    records: records.filter(({ parsed }) => parsed.position === undefined || isNew[next++] === true),
  }));
}

interface UnusableRecord<T> {
  client: PoolClient;
  partition: number;
  consumed: ConsumedRecord<T>;
}

async function setRecordAside<T, R>(
  { consumer, retryPolicy }: ConsumerContext<T, R>,
  { client, partition, consumed }: UnusableRecord<T>,
  stuck: StuckReason | undefined,
): Promise<SetAsideRecord | null> {
  const { schema, group, topic } = consumer;
  const { record, parsed } = consumed;
  const { state, code, message, problem, attempts } = reasonOf(parsed, stuck);
  const { touchpoint } = parsed;
  // What waits is due at any time, for a process that knows its kind.
  const retryInMs = {
    dead: undefined,
    waiting: 0,
    stuck: backoffMs({ ...retryPolicy, factor: retryFactor }, attempts + 1),
  }[state];
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
