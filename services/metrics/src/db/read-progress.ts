/** How far the figures are: receipt times and offsets of the partitions of a topic, in one snapshot. */
import type { Pool } from 'pg';

export interface PartitionProgress {
  partition: number;
  /** ms since 1970; null when no touchpoint came yet. */
  processedThrough: number | null;
  nextOffset: number;
}

export async function readProgress(pool: Pool, topic: string, group: string): Promise<PartitionProgress[]> {
  const { rows } = await pool.query<{ partition: number; through: Date | null; next: number }>({
    name: 'read-progress',
    text: `select partition, progress.processed_through as through, consumed.next_offset as next
     from metrics.consumer_offset as consumed
     left join metrics.progress using (topic, partition)
     where consumed.topic = $1 and consumed.group_name = $2`,
    values: [topic, group],
  });
  return rows.map(({ partition, through, next }) => ({
    partition,
    processedThrough: through?.getTime() ?? null,
    nextOffset: next,
  }));
}
