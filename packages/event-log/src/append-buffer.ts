/**
 * Gathers concurrent appends into few writes: one flush is under way at a time, the next one gathers meanwhile.
 *
 * Measured on the Postgres log and two cores, records of 0.9 KB over 4 partitions: 181k records/s in calls of 1,000, 185k/s in calls of 100
 * (4 µs of Node and 1 µs of Postgres a record), 8k/s in single calls, 64 at a time; a flush alone takes 0.8 ms, so
 * without gathering 1,000 single calls a second would take both cores.
 */
import { AppError } from '@throughline/contracts';
import { gatherParts, type PartitionRecords } from './partition-records.ts';

export interface AppendBufferOptions {
  /** Parts are sorted by (topic, partition), those of one partition in their order. All durable when it resolves. */
  flush: (parts: PartitionRecords[]) => Promise<void>;
  /** A flush begins at least this long after the one before began; the first after a pause begins at once. */
  lingerMs: number;
  /** A part is about this large at most, or a single record. */
  maxPartBytes: number;
}

interface Waiting {
  parts: PartitionRecords[];
  bytes: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** One flush carries about this much, so that it stays short: an append waits for the flush before its own as well. */
const maxFlushBytes = 2 * 1024 * 1024;
const flushAtOnceBytes = 1024 * 1024;

export class AppendBuffer {
  readonly #options: AppendBufferOptions;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #flyingBytes = 0;
  #lastStart = -Infinity;
  #cancelStart: (() => void) | undefined;
  #flying: Promise<void> | undefined;
  #closed = false;

  constructor(options: AppendBufferOptions) {
    this.#options = options;
  }

  /** Waiting and under way. */
  get heldBytes(): number {
    return this.#waitingBytes + this.#flyingBytes;
  }

  /** @param bytes of all its records */
  async append(parts: PartitionRecords[], bytes: number): Promise<void> {
    if (this.#closed) throw new AppError('log_unavailable', 'the event log is closed');
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ parts, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#schedule();
    });
  }

  /** Refuses new appends, and resolves when those accepted are settled. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#flying !== undefined || this.#waiting.length > 0) {
      this.#start();
      await this.#flying;
    }
  }

  #schedule(): void {
    if (this.#flying !== undefined) return;
    if (this.#closed || this.#waitingBytes >= flushAtOnceBytes) {
      this.#start();
      return;
    }
    if (this.#cancelStart !== undefined) return;
    const waitMs = this.#lastStart + this.#options.lingerMs - performance.now();
    if (waitMs > 0) {
      const timer = setTimeout(() => this.#start(), waitMs);
      this.#cancelStart = () => clearTimeout(timer);
    } else {
      // At once, but with the other calls of this turn of the event loop; a timer of 0 waits a millisecond.
      const immediate = setImmediate(() => this.#start());
      this.#cancelStart = () => clearImmediate(immediate);
    }
  }

  #start(): void {
    this.#cancelStart?.();
    this.#cancelStart = undefined;
    if (this.#flying !== undefined || this.#waiting.length === 0) return;
    this.#lastStart = performance.now();
    this.#flying = this.#flushSome().finally(() => {
      this.#flying = undefined;
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  async #flushSome(): Promise<void> {
    const taken = this.#take();
    const bytes = taken.reduce((sum, waiting) => sum + waiting.bytes, 0);
    this.#waitingBytes -= bytes;
    this.#flyingBytes = bytes;
    try {
      await this.#options.flush(
        gatherParts(
          taken.flatMap(({ parts }) => parts),
          this.#options.maxPartBytes,
        ),
      );
      for (const waiting of taken) waiting.resolve();
    } catch (error) {
      const failure =
        error instanceof AppError
          ? error
          : new AppError('log_unavailable', 'the event log could not be written', { cause: error });
      for (const waiting of taken) waiting.reject(failure);
    } finally {
      this.#flyingBytes = 0;
    }
  }

  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && bytes + waiting.bytes > maxFlushBytes) break;
      bytes += waiting.bytes;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
