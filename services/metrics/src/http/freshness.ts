/** How much of what was received the answers hold. */
import { consumerGroups, topics } from '@throughline/contracts';
import {
  type EventLog,
  type PartitionLag,
  type TrafficClass,
  trafficOfPartition,
} from '@throughline/event-log';
import { shareNext } from '@throughline/runtime';
import { withTimeout } from '@throughline/timing';
import type { Pool } from 'pg';
import { z } from 'zod';
import { readProgress, type PartitionProgress } from '../db/read-progress.ts';

export const freshnessSchema = z.object({
  processedThrough: z.string().nullable().describe('Receipt time; null before the first touchpoint.'),
  pendingRecords: z
    .int()
    .nullable()
    .describe(
      'Records that the figures do not hold yet, those included whose touchpoints may still move to other profiles; null ' +
        'when the event log does not answer.',
    ),
});
export type Freshness = z.infer<typeof freshnessSchema>;

interface Lags {
  resolved: PartitionLag[];
  touchpoints: PartitionLag[];
}

const timeoutMs = 1_000;

/** Returns a reader. To be read before the figures are, so that it never claims more than they hold. */
export function createFreshness(pool: Pool, log: Pick<EventLog, 'lagsInOrder'>): () => Promise<Freshness> {
  // Null when the log does not answer, or not soon: figures do not wait for it.
  const readLags = shareNext(() =>
    withTimeout(measureLags(log), timeoutMs, 'the event log').catch(() => null),
  );

  return async () => {
    // At once: a position that is read before the log's end counts too much as pending, never too little.
    const [lags, progress] = await Promise.all([
      readLags(),
      readProgress(pool, topics.resolved, consumerGroups.metrics),
    ]);
    const partitions = lags === null ? null : pendingPartitions(lags, progress);
    const through = processedThrough(progress, partitions, lags?.resolved.length ?? 1);
    return {
      processedThrough: through === null ? null : new Date(through).toISOString(),
      pendingRecords: partitions?.reduce((sum, { pending }) => sum + pending, 0) ?? null,
    };
  };
}

interface PendingPartition {
  traffic: TrafficClass;
  pending: number;
}

function pendingPartitions(
  { touchpoints, resolved }: Lags,
  progress: readonly PartitionProgress[],
): PendingPartition[] {
  // The offset that is committed with the figures, rather than the one reported to the log now and then.
  const consumed = new Map(progress.map(({ partition, nextOffset }) => [partition, nextOffset]));
  const ofTopic = (lags: readonly PartitionLag[], nextOffset: (lag: PartitionLag) => number | null) =>
    lags.map((lag) => ({
      traffic: trafficOfPartition(lag.partition, lags.length),
      pending: pendingOf(lag, nextOffset(lag)),
    }));
  return [
    ...ofTopic(touchpoints, ({ nextOffset }) => nextOffset),
    ...ofTopic(resolved, ({ partition }) => consumed.get(partition) ?? null),
  ];
}

/**
 * Of the classes of traffic that are behind, and of all where that is not known. A class in which nothing is pending does not hold
 * the other back: its last touchpoint may be of an import long ago.
 */
function processedThrough(
  progress: readonly PartitionProgress[],
  partitions: readonly PendingPartition[] | null,
  resolvedPartitions: number,
): number | null {
  const known = progress.flatMap(({ partition, processedThrough: through }) =>
    through === null ? [] : [{ traffic: trafficOfPartition(partition, resolvedPartitions), through }],
  );
  if (known.length === 0) return null;
  const behind = new Set(partitions?.filter(({ pending }) => pending > 0).map(({ traffic }) => traffic));
  const held = partitions === null ? known : known.filter(({ traffic }) => behind.has(traffic));
  const latest = Math.max(...known.map(({ through }) => through));
  return held.reduce((least, { through }) => Math.min(least, through), latest);
}

function pendingOf(lag: PartitionLag, nextOffset: number | null): number {
  return Math.max(0, lag.endOffset - Math.max(nextOffset ?? lag.beginOffset, lag.beginOffset));
}

async function measureLags(log: Pick<EventLog, 'lagsInOrder'>): Promise<Lags> {
  // Upstream first: what is resolved in between counts twice, never not at all. Identity reports its position only when its
  // rechecks are done and its outbox is empty, so touchpoints that may still move to other profiles count as pending.
  const [touchpoints = [], resolved = []] = await log.lagsInOrder([
    { group: consumerGroups.identity, topics: [topics.touchpoints] },
    { group: consumerGroups.metrics, topics: [topics.resolved] },
  ]);
  return { touchpoints, resolved };
}
