/** How far a group has come in all partitions of its topics, by the offsets that commit with the effects. */
import type { Pool } from 'pg';
import type { ConsumerIdentity } from './consume-in-transaction.ts';

/** By `topic/partition`; a partition that was never consumed is absent. */
export async function loadConsumerOffsets(
  pool: Pool,
  { schema, group }: ConsumerIdentity,
  topics: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ topic: string; partition: number; next_offset: number }>(
    `select topic, partition, next_offset from ${schema}.consumer_offset
     where group_name = $1 and topic = any($2::text[])`,
    [group, topics],
  );
  return new Map(rows.map((row) => [`${row.topic}/${row.partition}`, row.next_offset]));
}
