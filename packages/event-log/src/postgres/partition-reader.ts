/** Reads one partition in order, and fetches on while the batch before is being handled. */
import { decodeBatch } from '../batch-payload.ts';
import type { PartitionSource } from '../consume-partition.ts';
import { LogHalt } from '../log-halt.ts';
import { charactersOf, maxBatchCharacters, measureBatch } from '../measure-batch.ts';
import type { LogRecord } from '../port.ts';
import type { FetchRows } from './fetch-rows.ts';
import type { HeadWatch } from './head-watch.ts';

export interface PartitionReaderOptions {
  /** Shared by the readers of a process. */
  fetch: FetchRows;
  topic: string;
  partition: number;
  nextOffset: number;
  maxBatchRecords: number;
  watch: HeadWatch;
}

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
    const { fetch, topic, partition, maxBatchRecords: maxRecords } = this.#options;
    const from = this.#fetchFrom;
    const rows = await fetch({ topic, partition, from, maxRecords });
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
        if (record !== undefined) records.push({ offset: base + index, ...record });
      }
      expected = row.last_offset + 1;
    }
    this.#fetchFrom = expected;
    return records;
  }
}
