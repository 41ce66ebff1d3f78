/** Reads one partition in order, and fetches on while the batch before is being handled. */
import type { Pool } from 'pg';
import { decodeBatch } from '../batch-payload.ts';
import type { PartitionSource } from '../consume-partition.ts';
import { LogHalt } from '../log-halt.ts';
import { charactersOf, maxBatchCharacters, measureBatch } from '../measure-batch.ts';
import type { LogRecord } from '../port.ts';
import type { HeadWatch } from './head-watch.ts';

export interface PartitionReaderOptions {
  pool: Pool;
  schema: string;
  topic: string;
  partition: number;
  nextOffset: number;
  maxBatchRecords: number;
  watch: HeadWatch;
}

/** A fetch stops after about this much payload, and holds at least one row of at most 1 MiB. */
const maxFetchBytes = 2 * 1024 * 1024;
const maxFetchRows = 200;

export class PartitionReader implements PartitionSource {
  readonly #options: PartitionReaderOptions;
  #queue: LogRecord[] = [];
  #queuedCharacters = 0;
  /** Offset after the last record of the queue. */
  #fetchFrom: number;
  #prefetch: Promise<LogRecord[]> | undefined;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
    this.#fetchFrom = options.nextOffset;
  }

  async nextBatch(signal: AbortSignal): Promise<LogRecord[]> {
    const { maxBatchRecords } = this.#options;
    while (!this.#isFull()) {
      const mayWait = this.#queue.length === 0;
      if (this.#prefetch === undefined && !mayWait && !this.#hasMore()) break;
      const records = await this.#fetch();
      this.#prefetch = undefined;
      if (records.length > 0) {
        this.#queue = mayWait ? records : this.#queue.concat(records);
        for (const record of records) this.#queuedCharacters += charactersOf(record);
        continue;
      }
      this.#options.watch.forget(this.#options.topic, this.#options.partition);
      if (!mayWait) break;
      await this.#options.watch.wait(this.#options.topic, this.#options.partition, this.#fetchFrom, signal);
    }
    const batch = this.#queue.slice(0, measureBatch(this.#queue, maxBatchRecords));
    this.#queue = this.#queue.slice(batch.length);
    for (const record of batch) this.#queuedCharacters -= charactersOf(record);
    if (!this.#isFull() && this.#hasMore()) void this.#fetch().catch(() => {});
    return batch;
  }

  /** There is a whole batch, or as much as memory is meant to hold. */
  #isFull(): boolean {
    return (
      this.#queue.length >= this.#options.maxBatchRecords || this.#queuedCharacters >= maxBatchCharacters
    );
  }

  #hasMore(): boolean {
    return this.#options.watch.hasBeyond(this.#options.topic, this.#options.partition, this.#fetchFrom);
  }

  #fetch(): Promise<LogRecord[]> {
    this.#prefetch ??= this.#fetchNow();
    return this.#prefetch;
  }

  async #fetchNow(): Promise<LogRecord[]> {
    const { topic, partition } = this.#options;
    const from = this.#fetchFrom;
    const rows = await this.#select(from);
    const records: LogRecord[] = [];
    let expected = from;
    for (const row of rows) {
      const base = row.last_offset - row.record_count + 1;
      if (base > expected) {
        // Offsets have no gaps: what is missing was dropped, or the table was tampered with.
        throw new LogHalt({
          reason: 'log_begins_above_offset',
          nextOffset: expected,
          beginOffset: base,
          endOffset: row.last_offset + 1,
        });
      }
      const decoded = decodeBatch(row.payload);
      if (decoded.length !== row.record_count) {
        throw new Error(
          `a batch of ${topic}/${partition} at ${base} holds ${decoded.length} records, not ${row.record_count}`,
        );
      }
      for (let index = expected - base; index < decoded.length; index++) {
        const record = decoded[index];
        if (record !== undefined)
          records.push({ offset: base + index, key: record.key, value: record.value });
      }
      expected = row.last_offset + 1;
    }
    this.#fetchFrom = expected;
    return records;
  }

  /** Rows are small when little arrives and up to 1 MiB when much does: both their number and their bytes are bounded. */
  async #select(from: number): Promise<{ last_offset: number; record_count: number; payload: Buffer }[]> {
    const { pool, schema, topic, partition, maxBatchRecords } = this.#options;
    const { rows } = await pool.query<{ last_offset: number; record_count: number; payload: Buffer }>({
      name: `read_${schema}`,
      text: `
        select last_offset, record_count, payload from (
          select last_offset, record_count, payload,
            sum(bytes) over earlier as bytes_before, sum(record_count) over earlier as records_before
          from (
            select last_offset, record_count, bytes, payload from ${schema}.batch
            where topic = $1 and partition = $2 and last_offset >= $3 order by last_offset limit ${maxFetchRows}
          ) candidate
          window earlier as (order by last_offset rows between unbounded preceding and 1 preceding)
        ) candidate
        where coalesce(bytes_before, 0) < ${maxFetchBytes} and coalesce(records_before, 0) < $4
        order by last_offset`,
      values: [topic, partition, from, maxBatchRecords],
    });
    return rows;
  }
}
