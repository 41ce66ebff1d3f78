/**
 * Two ways to the log, side by side: a small append waits only for other small ones. In one queue a single touchpoint waited
 * for the megabytes that were being written, and was then written together with the next ones: seconds on a busy machine.
 */
import { AppError } from '@throughline/contracts';
import { AppendBuffer, type AppendBufferOptions } from './append-buffer.ts';
import { estimateBytes } from './batch-payload.ts';
import type { PartitionRecords } from './partition-records.ts';

export interface AppendLanesOptions extends Omit<AppendBufferOptions, 'flush'> {
  /** One call at a time for each lane. All parts are durable when it resolves. */
  flush: (lane: AppendLane, parts: PartitionRecords[]) => Promise<void>;
  /** Waiting and under way in both lanes; past this, appends are refused. */
  maxBytes: number;
}

export type AppendLane = 'small' | 'large';

/** Default of `maxBytes`. */
export const defaultMaxBufferedBytes = 32 * 1024 * 1024;
/** A hundred touchpoints of a website are below it. */
const smallBytes = 128 * 1024;

export class AppendLanes {
  readonly #maxBytes: number;
  readonly #lanes: Readonly<Record<AppendLane, AppendBuffer>>;

  constructor({ maxBytes, flush, ...options }: AppendLanesOptions) {
    this.#maxBytes = maxBytes;
    this.#lanes = {
      small: new AppendBuffer({ ...options, flush: (parts) => flush('small', parts) }),
      large: new AppendBuffer({ ...options, flush: (parts) => flush('large', parts) }),
    };
  }

  /** @throws AppError log_unavailable, overloaded */
  async append(parts: PartitionRecords[]): Promise<void> {
    const bytes = bytesOf(parts);
    await this.#append(bytes <= smallBytes ? 'small' : 'large', parts, bytes);
  }

  /** In the order of the calls. @throws AppError log_unavailable, overloaded */
  async appendInOrder(parts: PartitionRecords[]): Promise<void> {
    await this.#append('large', parts, bytesOf(parts));
  }

  /** Refuses new appends, and resolves when those accepted are settled. */
  async close(): Promise<void> {
    await Promise.all([this.#lanes.small.close(), this.#lanes.large.close()]);
  }

  async #append(lane: AppendLane, parts: PartitionRecords[], bytes: number): Promise<void> {
    // A single append larger than the limit passes when nothing waits, or it would never.
    const held = this.#lanes.small.heldBytes + this.#lanes.large.heldBytes;
    if (held > 0 && held + bytes > this.#maxBytes) {
      throw new AppError('overloaded', 'too much is waiting to be written to the event log');
    }
    await this.#lanes[lane].append(parts, bytes);
  }
}

function bytesOf(parts: readonly PartitionRecords[]): number {
  let bytes = 0;
  for (const { records } of parts) for (const record of records) bytes += estimateBytes(record);
  return bytes;
}
