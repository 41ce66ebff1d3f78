/** How much of what was received the answers hold. */
import { consumerGroups, topics } from '@throughline/contracts';
import type { EventLog, PartitionLag } from '@throughline/event-log';
import { shareNext } from '@throughline/runtime';
import { withTimeout } from '@throughline/timing';
import type { Pool } from 'pg';
import { z } from 'zod';
import { readProgress } from '../db/read-progress.ts';

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
export function createFreshness(pool: Pool, log: Pick<EventLog, 'lag'>): () => Promise<Freshness> {
  // Null when the log does not answer, or not soon: figures do not wait for it.
  const readLags = shareNext(() =>
    withTimeout(measureLags(log), timeoutMs, 'the event log').catch(() => null),
  );

  return async () => {
    const lags = await readLags();
    const progress = await readProgress(pool, topics.resolved, consumerGroups.metrics);
    const consumed = new Map(progress.map((partition) => [partition.partition, partition]));
    const times = progress.flatMap(({ processedThrough }) => processedThrough ?? []);
    let pending: number | null = null;
    if (lags !== null) {
      const ahead = lags.touchpoints.reduce((sum, lag) => sum + pendingOf(lag, lag.nextOffset), 0);
      // The offset that is committed with the figures, rather than the one reported to the log now and then.
      pending = lags.resolved.reduce(
        (sum, lag) => sum + pendingOf(lag, consumed.get(lag.partition)?.nextOffset ?? null),
        ahead,
      );
    }
    // With nothing pending, a partition without touchpoints does not hold the others back.
    const through = times.length === 0 ? null : pending === 0 ? Math.max(...times) : Math.min(...times);
    return {
      processedThrough: through === null ? null : new Date(through).toISOString(),
      pendingRecords: pending,
    };
  };
}

function pendingOf(lag: PartitionLag, nextOffset: number | null): number {
  return Math.max(0, lag.endOffset - Math.max(nextOffset ?? lag.beginOffset, lag.beginOffset));
}

async function measureLags(log: Pick<EventLog, 'lag'>): Promise<Lags> {
  // Upstream first: what is resolved in between counts twice, never not at all. Identity reports its position only when its
  // rechecks are done and its outbox is empty, so touchpoints that may still move to other profiles count as pending.
  const touchpoints = await log.lag(consumerGroups.identity, [topics.touchpoints]);
  return { touchpoints, resolved: await log.lag(consumerGroups.metrics, [topics.resolved]) };
}
