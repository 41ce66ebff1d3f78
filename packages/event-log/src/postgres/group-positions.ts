/** What a group says of its progress, for lag and for the retention. Written now and then, and not flushed to disk. */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { GroupTopics, PartitionLag } from '../port.ts';

export interface ReportedPosition {
  topic: string;
  partition: number;
  nextOffset: number;
}

/** Makes the group known for every partition of the topics: from here on the retention waits for it. */
export async function registerGroup(
  pool: Pool,
  schema: string,
  group: string,
  topics: readonly string[],
): Promise<void> {
  await pool.query(
    `insert into ${schema}.group_position (group_name, topic, partition)
     select $1, topic, partition from ${schema}.partition_head where topic = any($2::text[])
     order by topic, partition on conflict do nothing`,
    [group, topics],
  );
}

export async function reportPositions(
  pool: Pool,
  schema: string,
  group: string,
  positions: readonly ReportedPosition[],
): Promise<void> {
  const sorted = positions.toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
  await inTransaction(pool, async (client) => {
    await client.query('set local synchronous_commit = off');
    await client.query(
      `insert into ${schema}.group_position (group_name, topic, partition, next_offset, reported_at)
       select $1, topic, partition, next_offset, clock_timestamp()
       from unnest($2::text[], $3::int[], $4::bigint[]) as given (topic, partition, next_offset)
       on conflict (group_name, topic, partition)
       do update set next_offset = excluded.next_offset, reported_at = excluded.reported_at`,
      [group, sorted.map((p) => p.topic), sorted.map((p) => p.partition), sorted.map((p) => p.nextOffset)],
    );
  });
}

/** Of each question the partitions of its topics, in one statement and hence at one moment. */
export async function loadLags(
  pool: Pool,
  schema: string,
  asked: readonly GroupTopics[],
): Promise<PartitionLag[][]> {
  const pairs = asked.flatMap(({ group, topics }, question) =>
    topics.map((topic) => ({ question, group, topic })),
  );
  const { rows } = await pool.query<PartitionLag & { question: number }>({
    name: `lags_${schema}`,
    text: `select asked.question, h.topic, h.partition, h.begin_offset as "beginOffset", h.next_offset as "endOffset",
             p.next_offset as "nextOffset"
           from unnest($1::int[], $2::text[], $3::text[]) as asked (question, group_name, topic)
           join ${schema}.partition_head h on h.topic = asked.topic
           left join ${schema}.group_position p
             on p.group_name = asked.group_name and p.topic = h.topic and p.partition = h.partition
           order by asked.question, h.topic, h.partition`,
    values: [
      pairs.map(({ question }) => question),
      pairs.map(({ group }) => group),
      pairs.map(({ topic }) => topic),
    ],
  });
  const lags = asked.map((): PartitionLag[] => []);
  for (const { question, ...lag } of rows) lags[question]?.push(lag);
  return lags;
}
