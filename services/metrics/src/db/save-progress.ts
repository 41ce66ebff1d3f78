/** How far a partition's records are in the figures, in receipt time. Never goes back. */
import type { PoolClient } from 'pg';

export async function saveProgress(
  client: PoolClient,
  progress: { topic: string; partition: number; processedThrough: number },
): Promise<void> {
  await client.query({
    name: 'save-progress',
    text: `insert into metrics.progress (topic, partition, processed_through) values ($1, $2, $3)
           on conflict (topic, partition) do update
           set processed_through = greatest(progress.processed_through, excluded.processed_through)`,
    values: [progress.topic, progress.partition, new Date(progress.processedThrough).toISOString()],
  });
}
