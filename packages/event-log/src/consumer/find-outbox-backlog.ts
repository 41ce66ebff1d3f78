/** What waits in the outbox of a schema. Asked every few seconds, so what it reads is bounded. */
import type { Pool } from 'pg';

export interface OutboxBacklog {
  /** Rows that are not in the log yet, 10,000 at most. */
  rows: number;
  /** Records in these rows. */
  records: number;
  /** Of the row that has waited longest, ms; 0 when none waits. */
  oldestMs: number;
  /** Its place: `shard/sequence`; empty when none waits. */
  oldest: string;
}

const maxRowsCounted = 10_000;

export async function findOutboxBacklog(pool: Pool, schema: string): Promise<OutboxBacklog> {
  const { rows } = await pool.query<OutboxBacklog>(
    `with first_of_shard as (
       select s.shard, waiting.first_sequence, waiting.created_at from ${schema}.outbox_shard s
       cross join lateral (
         select first_sequence, created_at from ${schema}.outbox o
         where o.shard = s.shard and o.first_sequence > s.sent_through order by o.first_sequence limit 1
       ) waiting
     ), oldest as (
       select * from first_of_shard order by created_at, shard limit 1
     ), counted as (
       select count(*)::int as rows, coalesce(sum(record_count), 0)::int as records from (
         select record_count from ${schema}.outbox o join ${schema}.outbox_shard s using (shard)
         where o.first_sequence > s.sent_through limit ${maxRowsCounted}
       ) bounded
     )
     select counted.rows, counted.records, coalesce(oldest.shard || '/' || oldest.first_sequence, '') as oldest,
       greatest(0, coalesce(extract(epoch from clock_timestamp() - oldest.created_at), 0) * 1000)::float8
         as "oldestMs"
     from counted left join oldest on true`,
  );
  return rows[0] ?? { rows: 0, records: 0, oldestMs: 0, oldest: '' };
}
