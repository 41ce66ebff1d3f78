/** How far a consumer group has come, from the offsets that commit together with the effects. */
import type { Pool } from 'pg';

/** Partition -> offset of the next record; partitions never consumed are absent. */
export async function findNextOffsets(
  pool: Pool,
  group: string,
  topic: string,
): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ partition: number; next_offset: number }>({
    name: 'find-next-offsets',
    text: 'select partition, next_offset from identity.consumer_offset where group_name = $1 and topic = $2',
    values: [group, topic],
  });
  return new Map(rows.map(({ partition, next_offset }) => [partition, next_offset]));
}
