/**
 * How many partitions topics have; and appends kept in order while that is looked up for the first time. A number that has
 * grown old is used all the same while it is asked for again: with a log that does not answer, appends would wait for the
 * question one after the other, instead of failing soon. Partitions are only ever added, and what goes to a topic that is gone
 * fails by itself.
 */
import { AppError } from '@throughline/contracts';
import { LogFailure, missingPartitionHint } from './log-failure.ts';
import type { OutgoingRecord } from './port.ts';
import type { KeyedValue } from './batch-payload.ts';
import { partitionOfKey } from './partition-of-key.ts';
import type { PartitionRecords } from './partition-records.ts';
import { partitionOfTraffic } from './traffic-class.ts';

interface Known {
  count: number;
  askedAt: number;
}

export class PartitionCounts {
  readonly #load: (topic: string) => Promise<number | null>;
  readonly #maxAgeMs: number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Set<string>();
  /** Appends that wait to learn a number; later ones wait too. */
  #unresolved = 0;
  #lastResolved: Promise<unknown> = Promise.resolve();

  /** `load` gives null for a topic that does not exist. */
  constructor(load: (topic: string) => Promise<number | null>, maxAgeMs: number) {
    this.#load = load;
    this.#maxAgeMs = maxAgeMs;
  }

  /** Throws `log_unavailable` when there is no such topic. */
  async find(topic: string): Promise<number> {
    const known = this.#peek(topic);
    if (known !== undefined) return known;
    const count = await this.#ask(topic);
    if (count === null) {
      const message = `the event log has no topic ${topic}`;
      const hint = 'Restart a service to have it made, make it by hand, or grant the user rights on it.';
      throw new AppError('log_unavailable', message, {
        cause: new LogFailure('topic_missing', message, { hint }),
      });
    }
    return count;
  }

  /** Remembers the answer. */
  async #ask(topic: string): Promise<number | null> {
    const askedAt = performance.now();
    const count = await this.#load(topic);
    if (count === null) this.#known.delete(topic);
    else this.#known.set(topic, { count, askedAt });
    return count;
  }

  /** The records by partition. Calls resolve in the order in which they came: two appends of one key keep theirs. */
  async route(records: readonly OutgoingRecord[]): Promise<PartitionRecords[]> {
    const counts = await this.#resolve(new Set(records.map((record) => record.topic)));
    const parts = new Map<string, { topic: string; partition: number; records: KeyedValue[] }>();
    for (const record of records) {
      const count = counts.get(record.topic) ?? 1;
      const { key, traffic } = record;
      const partition =
        traffic === undefined ? partitionOfKey(key, count) : partitionOfTraffic(key, count, traffic);
      const name = `${record.topic}/${partition}`;
      const part = parts.get(name);
      if (part === undefined) parts.set(name, { topic: record.topic, partition, records: [record] });
      else part.records.push(record);
    }
    return [...parts.values()];
  }

  /** As `route`, for a partition that is given. */
  async require(topic: string, partition: number): Promise<void> {
    const known = (await this.#resolve(new Set([topic]))).get(topic) ?? 0;
    if (partition >= 0 && partition < known) return;
    // The partition may have been chosen when there were more of them, or before new ones were known here.
    const count = (await this.#ask(topic)) ?? 0;
    if (partition >= 0 && partition < count) return;
    const message = `the topic ${topic} has ${count} partitions, no number ${partition}`;
    throw new AppError('log_unavailable', message, {
      cause: new LogFailure('partition_missing', message, { hint: missingPartitionHint }),
    });
  }

  #peek(topic: string): number | undefined {
    const known = this.#known.get(topic);
    if (known === undefined) return undefined;
    if (performance.now() - known.askedAt >= this.#maxAgeMs && !this.#asking.has(topic)) {
      this.#asking.add(topic);
      // A failure is met by the append itself.
      void this.#ask(topic)
        .catch(() => {})
        .finally(() => this.#asking.delete(topic));
    }
    return known.count;
  }

  async #resolve(topics: ReadonlySet<string>): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const topic of topics) {
      const count = this.#peek(topic);
      if (count !== undefined) counts.set(topic, count);
    }
    if (this.#unresolved === 0 && counts.size === topics.size) return counts;
    this.#unresolved++;
    const turn = this.#resolveAfter(this.#lastResolved, topics);
    this.#lastResolved = turn.catch(() => {});
    return await turn.finally(() => this.#unresolved--);
  }

  async #resolveAfter(before: Promise<unknown>, topics: ReadonlySet<string>): Promise<Map<string, number>> {
    await before;
    const counts = new Map<string, number>();
    for (const topic of topics) counts.set(topic, await this.find(topic));
    return counts;
  }
}
