/** The statement that appends: takes the offsets and stores the batches, in one round trip and one commit. */
import type { Pool } from 'pg';

export interface OutgoingBatch {
  topic: string;
  partition: number;
  recordCount: number;
  bytes: number;
  payload: Buffer;
}

export interface AppendedHead {
  topic: string;
  partition: number;
  nextOffset: number;
}

/**
 * Most batches of one statement. It is prepared by their number: this also bounds the plans a connection keeps.
 */
export const maxBatchesPerAppend = 64;

/** A notification takes 8,000 bytes; readers of partitions that are not named learn by polling. */
const maxNotified = 40;

/**
 * `returned`: the caller gets the new heads, and notifies the readers when it has committed. `notified`: Postgres notifies them with
 * the commit.
 */
export type AnnounceHeads = 'returned' | 'notified';

/**
 * Batches are sorted by (topic, partition), those of one partition in the order to be kept. The heads are locked in
 * that order, whatever the plan, so that appenders cannot deadlock. An unknown topic or partition fails the statement:
 * its offset is null.
 */
export async function appendBatches(
  database: Pick<Pool, 'query'>,
  schema: string,
  batches: readonly OutgoingBatch[],
  announce: AnnounceHeads = 'returned',
): Promise<AppendedHead[]> {
  const values: unknown[] = [];
  const rows = batches.map((batch, position) => {
    values.push(batch.topic, batch.partition, batch.recordCount, batch.bytes, batch.payload);
    const first = position * 5 + 1;
    return `(${position}, $${first}::text, $${first + 1}::int, $${first + 2}::int, $${first + 3}::int, $${first + 4}::bytea)`;
  });
  // The update must not repeat what `locked` read: between its snapshot and its lock another append may have
  // committed. `h.next_offset` is read again under the lock.
  const { rows: heads } = await database.query<{ topic: string; partition: number; next_offset: number }>({
    name: `append_${announce}_${schema}_${batches.length}`,
    text: `
      with incoming (position, topic, partition, record_count, bytes, payload) as materialized (
        values ${rows.join(',')}
      ), total as materialized (
        select topic, partition, sum(record_count)::bigint as records from incoming group by topic, partition
      ), locked as materialized (
        select h.topic, h.partition, total.records
        from ${schema}.partition_head h join total using (topic, partition)
        order by h.topic, h.partition
        for update of h
      ), head as (
        update ${schema}.partition_head h set next_offset = h.next_offset + locked.records
        from locked where h.topic = locked.topic and h.partition = locked.partition
        returning h.topic, h.partition, h.next_offset, h.next_offset - locked.records as base_offset
      ), stored as (
        insert into ${schema}.batch (topic, partition, last_offset, record_count, bytes, appended_on, payload)
        select i.topic, i.partition,
          head.base_offset - 1 + sum(i.record_count) over (partition by i.topic, i.partition order by i.position),
          i.record_count, i.bytes, (now() at time zone 'UTC')::date, i.payload
        from incoming i left join head using (topic, partition)
      )
      ${announce === 'returned' ? 'select topic, partition, next_offset from head' : notifyHeads(schema)}`,
    values,
  });
  if (announce === 'notified') return [];
  return heads.map((head) => ({
    topic: head.topic,
    partition: head.partition,
    nextOffset: head.next_offset,
  }));
}

/** As `HeadWatch` reads it. */
function notifyHeads(schema: string): string {
  return `select pg_notify('${schema}', json_build_object('heads', json_agg(json_build_array(topic, partition, next_offset)))::text)
          from (select * from head limit ${maxNotified}) named`;
}
