/** Attempts of a consumer's partitions, in its database. Written outside the transactions that they count. */
import type { Pool } from 'pg';
import type { ConsumerIdentity } from '../consumer/consume-in-transaction.ts';
import type { Attempt } from './attempt.ts';

export async function findAttempt(
  pool: Pool,
  { schema, group }: ConsumerIdentity,
  topic: string,
  partition: number,
): Promise<Attempt | undefined> {
  const { rows } = await pool.query<Attempt>(
    `select next_offset as "offset", attempts as "count", isolate_below as "isolateBelow" from ${schema}.consumer_attempt
     where group_name = $1 and topic = $2 and partition = $3`,
    [group, topic, partition],
  );
  return rows[0];
}

export async function saveAttempt(
  pool: Pool,
  { schema, group }: ConsumerIdentity,
  { topic, partition }: { topic: string; partition: number },
  { offset, count, isolateBelow }: Attempt,
): Promise<void> {
  await pool.query(
    `insert into ${schema}.consumer_attempt (group_name, topic, partition, next_offset, attempts, isolate_below)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (group_name, topic, partition) do update
       set next_offset = excluded.next_offset, attempts = excluded.attempts, isolate_below = excluded.isolate_below`,
    [group, topic, partition, offset, count, isolateBelow],
  );
}
