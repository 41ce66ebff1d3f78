/** Topics and their number of partitions, which is fixed when a topic is made. */
import { inTransaction, type StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';

/**
 * Makes the topics that do not exist. One that exists with another number of partitions stays as it is, and that is
 * said: fewer would lose records, more would move keys, and neither may happen because a process was started.
 */
export async function createTopics(
  pool: Pool,
  schema: string,
  topics: readonly { name: string; partitions: number }[],
  log: StructuredLog,
): Promise<void> {
  const sorted = topics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const existing = await inTransaction(pool, async (client) => {
    const made = await client.query<{ name: string; partitions: number }>(
      `insert into ${schema}.topic (name, partitions) select * from unnest($1::text[], $2::int[])
       on conflict do nothing returning name, partitions`,
      [sorted.map((topic) => topic.name), sorted.map((topic) => topic.partitions)],
    );
    await client.query(
      `insert into ${schema}.partition_head (topic, partition)
       select made.name, partition from unnest($1::text[], $2::int[]) as made (name, partitions),
         generate_series(0, made.partitions - 1) partition order by 1, 2`,
      [made.rows.map((topic) => topic.name), made.rows.map((topic) => topic.partitions)],
    );
    const all = await client.query<{ name: string; partitions: number }>(
      `select name, partitions from ${schema}.topic where name = any($1::text[])`,
      [sorted.map((topic) => topic.name)],
    );
    return new Map(all.rows.map((topic) => [topic.name, topic.partitions]));
  });
  for (const { name, partitions } of sorted) {
    const found = existing.get(name);
    if (found !== partitions) {
      log.warn(
        { event: 'log.partitions_differ', topic: name, partitions: found, configured: partitions },
        'a topic has another number of partitions than configured: left as it is',
      );
    }
  }
}

/** Null when there is no such topic. */
export async function loadPartitions(pool: Pool, schema: string, topic: string): Promise<number | null> {
  const { rows } = await pool.query<{ partitions: number }>(
    `select partitions from ${schema}.topic where name = $1`,
    [topic],
  );
  return rows[0]?.partitions ?? null;
}
