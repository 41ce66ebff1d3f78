/**
 * The transaction law (3): a batch's effects, its outgoing records and the offset are one transaction, and the offset row,
 * locked and compared, is the fence. Two members that both think a partition is theirs do no harm. Batches of several
 * partitions may be one transaction: each keeps its row and its fence.
 */
import { openTransactionOf, retryTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type {
  ConsumerPosition,
  ConsumerTransaction,
  FreshBatch,
  LogRecord,
  PartitionBatch,
} from '../port.ts';
import { recordFingerprint } from '../record-fingerprint.ts';

export interface ConsumerIdentity {
  /** The consumer's own schema, migrated with `consumerMigrations`. */
  schema: string;
  group: string;
}

/** The committed offset is below where the batch continues from: the database was restored under a running consumer. */
export class OffsetWentBack extends Error {
  constructor(nextOffset: number, fromOffset: number) {
    super(
      `the committed offset is ${nextOffset}, the batch continues from ${fromOffset}: reading again from the former`,
    );
    this.name = 'OffsetWentBack';
  }
}

/**
 * Locks the offset row of each batch's partition, drops the records below it, runs `work` with the rest, advances the offsets,
 * commits. Null when all records were below: `work` is not called. `work` may run again after a deadlock or a
 * `RetryTransaction`, so it keeps what it does to the transaction. Rejects with what `work` rejects with, and nothing has
 * happened to any of the partitions.
 *
 * @param options `batches` are of one topic, each of another partition
 */
export async function consumeInTransaction<T>(
  pool: Pool,
  options: ConsumerIdentity & { batches: readonly PartitionBatch[] },
  work: (transaction: ConsumerTransaction) => Promise<T>,
): Promise<T | null> {
  const { batches } = options;
  return await retryTransaction(
    pool,
    async (client, nextOffsets: ReadonlyMap<number, number>) => {
      const fresh = batches.map((batch) => withoutConsumed(batch, nextOffsets.get(batch.partition) ?? 0));
      const rest = fresh.filter(({ records }) => records.length > 0);
      if (rest.length === 0) return null;
      // With the last steps that `work` leaves, which are statements too: one answer less to wait for.
      openTransactionOf(client).runLast(() => advanceOffsets(client, options, rest));
      return await work({
        client,
        records: rest.length === 1 && rest[0] !== undefined ? rest[0].records : rest.flatMap(recordsOf),
        batches: rest,
      });
    },
    {
      async opening(client) {
        for (const { signal } of batches) signal.throwIfAborted();
        return await lockOffsets(client, options);
      },
    },
  );
}

function recordsOf({ records }: FreshBatch): readonly LogRecord[] {
  return records;
}

function withoutConsumed({ partition, records, fromOffset }: PartitionBatch, nextOffset: number): FreshBatch {
  if (fromOffset !== undefined && nextOffset < fromOffset) throw new OffsetWentBack(nextOffset, fromOffset);
  return { partition, records: records.filter((record) => record.offset >= nextOffset) };
}

/** In the order of partitions, as every transaction that needs several: two that overlap do not wait for each other. */
async function lockOffsets(
  client: PoolClient,
  { schema, group, batches }: ConsumerIdentity & { batches: readonly PartitionBatch[] },
): Promise<ReadonlyMap<number, number>> {
  const topic = batches[0]?.topic;
  const partitions = batches.map(({ partition }) => partition);
  for (;;) {
    const { rows } = await client.query<{ partition: number; next_offset: number }>({
      name: `fence_${schema}`,
      text: `select partition, next_offset from ${schema}.consumer_offset
             where group_name = $1 and topic = $2 and partition = any($3::int[]) order by partition for update`,
      values: [group, topic, partitions],
    });
    if (rows.length === partitions.length)
      return new Map(rows.map((row) => [row.partition, row.next_offset]));
    await client.query(
      `insert into ${schema}.consumer_offset (group_name, topic, partition)
       select $1, $2, partition from unnest($3::int[]) partition order by partition on conflict do nothing`,
      [group, topic, partitions],
    );
  }
}

async function advanceOffsets(
  client: PoolClient,
  { schema, group, batches }: ConsumerIdentity & { batches: readonly PartitionBatch[] },
  consumed: readonly FreshBatch[],
): Promise<void> {
  const lasts = consumed.map(({ records }) => records.at(-1) as LogRecord);
  await client.query({
    name: `advance_${schema}`,
    text: `update ${schema}.consumer_offset o
           set next_offset = consumed.next_offset, last_record = consumed.last_record, updated_at = now()
           from unnest($3::int[], $4::bigint[], $5::text[]) as consumed (partition, next_offset, last_record)
           where o.group_name = $1 and o.topic = $2 and o.partition = consumed.partition`,
    values: [
      group,
      batches[0]?.topic,
      consumed.map(({ partition }) => partition),
      lasts.map((last) => last.offset + 1),
      lasts.map(recordFingerprint),
    ],
  });
}

/** For `SubscribeOptions.loadPosition`. */
export async function loadConsumerPosition(
  pool: Pool,
  consumer: ConsumerIdentity,
  topic: string,
  partition: number,
): Promise<ConsumerPosition> {
  const { rows } = await pool.query<ConsumerPosition>(
    `select next_offset as "nextOffset", last_record as "lastRecord" from ${consumer.schema}.consumer_offset
     where group_name = $1 and topic = $2 and partition = $3`,
    [consumer.group, topic, partition],
  );
  return rows[0] ?? { nextOffset: 0, lastRecord: null };
}
