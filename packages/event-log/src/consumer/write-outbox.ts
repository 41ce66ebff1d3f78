/** Outgoing records, written in the transaction of the effects that they report. */
import type { PoolClient } from 'pg';
import type { OutboxPosition } from './drop-repeats.ts';
import { encodeBatch, estimateBytes, splitBySize, type KeyedValue } from '../batch-payload.ts';

export interface OutboxRecord {
  topic: string;
  key: string;
  /** The target is fixed here: a topic that gets more partitions later must not reorder what is on its way. */
  partition: number;
  /**
   * Makes the record's JSON. The position is to be in it, as `shard` and `sequence`: by it the receiver drops repeats. Null where
   * there are none, because the record is appended in the transaction itself.
   */
  value: (position: OutboxPosition | null) => string;
  /** See `OutgoingRecord.traceparent`. */
  traceparent?: string | undefined;
}

export interface WriteOutboxOptions {
  schema: string;
  /** Writers of one shard wait for each other from here to their commit: one shard per consumed partition is free. */
  shard: string;
  records: readonly OutboxRecord[];
}

interface SequencedRecord extends KeyedValue {
  sequence: number;
}

const maxRowBytes = 1024 * 1024;
const maxRowsPerInsert = 64;
/** A safe integer until the year 2255. */
const microsecondsNow = '(extract(epoch from clock_timestamp()) * 1000000)::bigint';

/**
 * Sequences are taken from the shard's counter row, whose lock is held to the commit: they ascend and become visible in
 * order. They start from the clock, so that a database restored from a backup takes none again that the receivers have
 * seen: new records would pass for repeats. Call it last in a transaction. Returns the last sequence.
 */
export async function writeOutbox(client: PoolClient, options: WriteOutboxOptions): Promise<number | null> {
  const { schema, shard, records } = options;
  if (records.length === 0) return null;
  const last = await takeSequences(client, schema, shard, records.length);
  const byTarget = new Map<string, { topic: string; partition: number; records: SequencedRecord[] }>();
  let sequence = last - records.length;
  for (const record of records) {
    sequence++;
    const target = `${record.topic}/${record.partition}`;
    const { key, traceparent } = record;
    const made = { key, value: record.value({ shard, sequence }), sequence, traceparent };
    const gathered = byTarget.get(target);
    if (gathered === undefined) {
      byTarget.set(target, { topic: record.topic, partition: record.partition, records: [made] });
    } else {
      gathered.records.push(made);
    }
  }
  const rows = [...byTarget.values()].flatMap(({ topic, partition, records: ofTarget }) =>
    splitBySize(ofTarget, maxRowBytes).map((part) => ({ topic, partition, part })),
  );
  for (let from = 0; from < rows.length; from += maxRowsPerInsert) {
    await insertRows(client, schema, shard, rows.slice(from, from + maxRowsPerInsert));
  }
  return last;
}

async function takeSequences(
  client: PoolClient,
  schema: string,
  shard: string,
  count: number,
): Promise<number> {
  const { rows } = await client.query<{ last_sequence: number; is_new: boolean }>({
    name: `sequence_${schema}`,
    text: `insert into ${schema}.outbox_counter as counter (shard, last_sequence)
           values ($1, ${microsecondsNow} + $2)
           on conflict (shard) do update
             set last_sequence = greatest(counter.last_sequence, ${microsecondsNow}) + $2
           returning last_sequence, (xmax = 0) as is_new`,
    values: [shard, count],
  });
  const [taken] = rows;
  if (taken === undefined) throw new Error(`shard ${shard} gave no sequences`);
  if (taken.is_new) {
    await client.query(`insert into ${schema}.outbox_shard (shard) values ($1) on conflict do nothing`, [
      shard,
    ]);
  }
  return taken.last_sequence;
}

async function insertRows(
  client: PoolClient,
  schema: string,
  shard: string,
  rows: readonly { topic: string; partition: number; part: SequencedRecord[] }[],
): Promise<void> {
  const values: unknown[] = [shard];
  const tuples = rows.map(({ topic, partition, part }) => {
    const first = values.length + 1;
    const bytes = part.reduce((sum, record) => sum + estimateBytes(record), 0);
    values.push(part[0]?.sequence, topic, partition, part.length, bytes, encodeBatch(part));
    return `($1, ${Array.from({ length: 6 }, (_, column) => `$${first + column}`).join(', ')})`;
  });
  await client.query({
    name: `outbox_${schema}_${rows.length}`,
    text: `insert into ${schema}.outbox (shard, first_sequence, topic, partition, record_count, bytes, payload)
           values ${tuples.join(', ')}`,
    values,
  });
}
