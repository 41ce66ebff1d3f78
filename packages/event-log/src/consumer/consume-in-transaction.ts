/**
 * The transaction law (3): a batch's effects, its outgoing records and the offset are one transaction, and the offset row,
 * locked and compared, is the fence. Two members that both think a partition is theirs do no harm.
 */
import { retryTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type { ConsumerPosition, ConsumerTransaction, PartitionBatch } from '../port.ts';
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
 * Locks the offset row, drops the records below it, runs `work` with the rest, advances the offset, commits. Null when
 * all records were below: `work` is not called. `work` may run again after a deadlock or a `RetryTransaction`, so it
 * keeps what it does to the transaction. Rejects with what `work` rejects with, and nothing has happened.
 */
export async function consumeInTransaction<T>(
  pool: Pool,
  options: ConsumerIdentity & { batch: PartitionBatch },
  work: (transaction: ConsumerTransaction) => Promise<T>,
): Promise<T | null> {
  const { schema, group, batch } = options;
  const { topic, partition } = batch;
  return await retryTransaction(pool, async (client) => {
    batch.signal.throwIfAborted();
    const nextOffset = await lockOffset(client, schema, group, topic, partition);
    if (batch.fromOffset !== undefined && nextOffset < batch.fromOffset) {
      throw new OffsetWentBack(nextOffset, batch.fromOffset);
    }
    const records = batch.records.filter((record) => record.offset >= nextOffset);
    const last = records.at(-1);
    if (last === undefined) return null;
    const result = await work({ client, records });
    await client.query({
      name: `advance_${schema}`,
      text: `update ${schema}.consumer_offset set next_offset = $4, last_record = $5, updated_at = now()
             where group_name = $1 and topic = $2 and partition = $3`,
      values: [group, topic, partition, last.offset + 1, recordFingerprint(last)],
    });
    return result;
  });
}

async function lockOffset(
  client: PoolClient,
  schema: string,
  group: string,
  topic: string,
  partition: number,
): Promise<number> {
  for (;;) {
    const { rows } = await client.query<{ next_offset: number }>({
      name: `fence_${schema}`,
      text: `select next_offset from ${schema}.consumer_offset
             where group_name = $1 and topic = $2 and partition = $3 for update`,
      values: [group, topic, partition],
    });
    if (rows[0] !== undefined) return rows[0].next_offset;
    await client.query(
      `insert into ${schema}.consumer_offset (group_name, topic, partition) values ($1, $2, $3) on conflict do nothing`,
      [group, topic, partition],
    );
  }
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
