/**
 * What was fetched of one partition and not handled yet. kafkajs pushes, consumers pull: between them a bounded queue, so
 * that a slow or failing handler holds up neither heartbeats nor other partitions.
 */
import { SourceEnded, type PartitionSource } from '../consume-partition.ts';
import { charactersOf, maxBatchCharacters, measureBatch } from '../measure-batch.ts';
import type { LogRecord } from '../port.ts';

export interface KafkaSourceOptions {
  nextOffset: number;
  maxBatchRecords: number;
  /** Stop and resume fetching. */
  pause: () => void;
  resume: () => void;
}

/** While everything is paused kafkajs sleeps for its whole wait: what is queued must last about as long. */
const batchesQueued = 4;

export class KafkaSource implements PartitionSource {
  readonly #options: KafkaSourceOptions;
  #queue: LogRecord[] = [];
  #queuedCharacters = 0;
  #paused = false;
  #failure: unknown;
  #wake: (() => void) | undefined;
  /** Offset after the last record that was taken in. */
  expected: number;
  /** Where fetching was last sent to: less than that comes only when the client went back by itself. */
  soughtTo: number;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    this.expected = options.nextOffset;
    this.soughtTo = options.nextOffset;
  }

  /** Nothing is queued and more may come. */
  get isWaiting(): boolean {
    return this.#queue.length === 0 && !this.#paused;
  }

  /** Records below `expected` are repeats and dropped. */
  take(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.offset < this.expected) continue;
      this.#queue.push(record);
      this.#queuedCharacters += charactersOf(record);
      this.expected = record.offset + 1;
    }
    // Each time: what was under way when it was paused still comes, and a client that started again has forgotten it.
    if (this.#isFull()) {
      this.#paused = true;
      this.#options.pause();
    }
    this.#wake?.();
  }

  /** What is queued is still given; then the consumer opens the partition again. */
  end(): void {
    this.fail(new SourceEnded());
  }

  /** The consumer gets the failure instead of records, and opens the partition again. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  async nextBatch(signal: AbortSignal): Promise<LogRecord[]> {
    while (this.#queue.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      signal.throwIfAborted();
      await this.#waitForMore(signal);
    }
    const batch = this.#queue.slice(0, measureBatch(this.#queue, this.#options.maxBatchRecords));
    this.#queue = this.#queue.slice(batch.length);
    for (const record of batch) this.#queuedCharacters -= charactersOf(record);
    if (this.#paused && !this.#isFull()) {
      this.#paused = false;
      this.#options.resume();
    }
    return batch;
  }

  #isFull(): boolean {
    return (
      this.#queue.length >= this.#options.maxBatchRecords * batchesQueued ||
      this.#queuedCharacters >= maxBatchCharacters
    );
  }

  async #waitForMore(signal: AbortSignal): Promise<void> {
    let onAbort: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      onAbort = () => resolve();
      this.#wake = onAbort;
      signal.addEventListener('abort', onAbort, { once: true });
    });
    this.#wake = undefined;
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
