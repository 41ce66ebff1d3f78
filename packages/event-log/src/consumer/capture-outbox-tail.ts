/** For `SubscribeOptions.captureOutboxTail` of a consumer that writes an outbox. */
import type { Pool } from 'pg';

/**
 * Notes the last row of each shard that waits now; what is given back asks whether the relays are past all of them. Under
 * load there is always something waiting, but never the same.
 */
export async function captureOutboxTail(pool: Pool, schema: string): Promise<() => Promise<boolean>> {
  const { rows: waiting } = await pool.query<{ shard: string; first_sequence: number }>(
    `select s.shard, last.first_sequence from ${schema}.outbox_shard s
     cross join lateral (
       select first_sequence from ${schema}.outbox o
       where o.shard = s.shard and o.first_sequence > s.sent_through order by o.first_sequence desc limit 1
     ) last`,
  );
  return async () => {
    if (waiting.length === 0) return true;
    const { rowCount } = await pool.query(
      `select from unnest($1::text[], $2::bigint[]) as waiting (shard, first_sequence)
       join ${schema}.outbox_shard s using (shard) where s.sent_through < waiting.first_sequence limit 1`,
      [waiting.map((row) => row.shard), waiting.map((row) => row.first_sequence)],
    );
    return rowCount === 0;
  };
}
