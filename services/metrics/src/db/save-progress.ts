/** How far the records of partitions are in the figures, in receipt time. Never goes back. */
import type { PoolClient } from 'pg';

/** @param progress of different partitions; `processedThrough` in milliseconds since 1970 */
export async function saveProgress(
  client: PoolClient,
  topic: string,
  progress: readonly { partition: number; processedThrough: number }[],
): Promise<void> {
  const sorted = progress.toSorted((left, right) => left.partition - right.partition);
  await client.query({
    name: 'save-progress',
    text: `insert into metrics.progress (topic, partition, processed_through)
           select $1, partition, processed_through
           from unnest($2::int[], $3::timestamptz[]) as reached (partition, processed_through)
           on conflict (topic, partition) do update
           set processed_through = greatest(progress.processed_through, excluded.processed_through)`,
    values: [
      topic,
      sorted.map(({ partition }) => partition),
      sorted.map(({ processedThrough }) => new Date(processedThrough).toISOString()),
    ],
  });
}
