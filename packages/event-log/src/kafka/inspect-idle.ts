/** An idle consumer does not meet what is wrong with the log, and kafkajs may stop fetching without a word: look. */
import type { KafkaAdmin } from './kafka-admin.ts';
import type { KafkaSource } from './kafka-source.ts';

export interface WatchedPartition {
  topic: string;
  partition: number;
  /** Undefined while it is not open: what comes then is not meant for it. */
  source: KafkaSource | undefined;
  /** Where it was at the last look, when records were there to fetch. */
  stalledAt: number | undefined;
}

/**
 * Fails the sources whose log does not hold what they wait for. Returns a partition that has not moved between two looks
 * although there is something to fetch.
 */
export async function inspectIdle(
  admin: KafkaAdmin,
  partitions: readonly WatchedPartition[],
): Promise<WatchedPartition | undefined> {
  // Before asking: while the answer is under way a consumer moves on, and would seem to be past the end.
  const waiting = partitions.flatMap((watched) =>
    watched.source?.isWaiting === true
      ? [{ watched, source: watched.source, expected: watched.source.expected }]
      : [],
  );
  let stalled: WatchedPartition | undefined;
  for (const topic of new Set(waiting.map(({ watched }) => watched.topic))) {
    const ranges = await admin.findRanges(topic).catch(() => []);
    for (const { partition, beginOffset, endOffset } of ranges) {
      const one = waiting.find(({ watched }) => watched.topic === topic && watched.partition === partition);
      if (one === undefined || !one.source.isWaiting || one.source.expected !== one.expected) continue;
      const { watched, source, expected } = one;
      if (expected < beginOffset || expected > endOffset) {
        // To be opened again, where it is decided whether that is a halt.
        source.fail(new Error(`the log holds ${beginOffset} to ${endOffset}, next is ${expected}`));
      }
      const isBehind = expected < endOffset;
      if (isBehind && watched.stalledAt === expected) stalled = watched;
      watched.stalledAt = isBehind && stalled !== watched ? expected : undefined;
    }
  }
  return stalled;
}
