/** Reports to Kafka how far the group is, for lag tools: no service reads it back. */
import type { Consumer } from 'kafkajs';
import { HeldReport } from '../held-report.ts';
import type { SubscribeOptions } from '../port.ts';
import { withTimeout } from '@throughline/timing';

export interface ReportedPartition {
  topic: string;
  partition: number;
  /** Not reported yet. */
  position: number | undefined;
}

export interface PositionReportOptions<T extends ReportedPartition> {
  captureOutboxTail: SubscribeOptions['captureOutboxTail'];
  /** Those that are owned now. */
  owned: () => Iterable<T>;
  /** Undefined while there is none. */
  consumer: () => Pick<Consumer, 'commitOffsets'> | undefined;
}

const commitTimeoutMs = 10_000;
const lastReportTimeoutMs = 5_000;

export class PositionReport<T extends ReportedPartition> {
  readonly #options: PositionReportOptions<T>;
  readonly #held: HeldReport<{ partition: T; position: number }>;
  #reporting: Promise<void> | undefined;

  constructor(options: PositionReportOptions<T>) {
    this.#options = options;
    this.#held = new HeldReport(options.captureOutboxTail);
  }

  /** One at a time: of two commits under way the older could come last. Never rejects. */
  report(): Promise<void> {
    this.#reporting ??= this.#reportNow().finally(() => (this.#reporting = undefined));
    return this.#reporting;
  }

  /** With what came since the report under way. Never rejects. */
  async reportLast(): Promise<void> {
    const last = (this.#reporting ?? Promise.resolve()).then(() => this.report());
    await withTimeout(last, lastReportTimeoutMs, 'the last report').catch(() => {});
  }

  #take(): { partition: T; position: number }[] {
    const taken: { partition: T; position: number }[] = [];
    for (const partition of this.#options.owned()) {
      if (partition.position !== undefined) taken.push({ partition, position: partition.position });
      partition.position = undefined;
    }
    return taken;
  }

  /** A commit of a generation that is over is refused, and does no harm. */
  async #reportNow(): Promise<void> {
    if (this.#options.consumer() === undefined) return;
    const released = await this.#held.release(() => this.#take()).catch(() => []);
    const owned = new Set(this.#options.owned());
    const newest = new Map(
      released
        .filter(({ partition }) => owned.has(partition))
        .map(({ partition, position }) => [partition, position]),
    );
    const consumer = this.#options.consumer();
    if (newest.size === 0 || consumer === undefined) return;
    try {
      const offsets = [...newest].map(([{ topic, partition }, position]) => ({
        topic,
        partition,
        offset: String(position),
      }));
      await withTimeout(consumer.commitOffsets(offsets), commitTimeoutMs, 'a commit');
    } catch {
      for (const [partition, position] of newest) partition.position ??= position;
    }
  }
}
