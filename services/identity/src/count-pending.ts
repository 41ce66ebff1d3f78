/** What identity has still to do: records of its topics, whichever process owns their partitions, rechecks, and a switch of rules. */
import { consumerGroups, topics } from '@throughline/contracts';
import type { EventLog, PartitionLag } from '@throughline/event-log';
import type { Pool } from 'pg';
import { findNextOffsets } from './db/find-next-offsets.ts';
import { findProgress } from './db/find-progress.ts';
import type { Pending } from './http/freshness.ts';

/**
 * Both are asked at once, after the question came: what was accepted before it is below the log's end, and in if the position is not
 * below that, whichever answers first. What a batch leaves to do commits with its offset, and is read with it.
 */
export async function countPending(pool: Pool, log: EventLog): Promise<Pending> {
  const [{ nextOffsets, left }, partitions] = await Promise.all([
    findProgress(pool, consumerGroups.identity, topics.touchpoints),
    log.lag(consumerGroups.identity, [topics.touchpoints]),
  ]);
  return { records: pendingRecords(nextOffsets, partitions), rechecks: left };
}

/** Rejected items that traces do not know yet. */
export async function countPendingRejections(pool: Pool, log: EventLog): Promise<number> {
  const [nextOffsets, partitions] = await Promise.all([
    findNextOffsets(pool, consumerGroups.identityRejections, topics.rejected),
    log.lag(consumerGroups.identityRejections, [topics.rejected]),
  ]);
  return [...pendingRecords(nextOffsets, partitions).values()].reduce((sum, count) => sum + count, 0);
}

/** By partition. */
function pendingRecords(
  nextOffsets: ReadonlyMap<number, number>,
  partitions: readonly PartitionLag[],
): Map<number, number> {
  return new Map(
    partitions.map(({ partition, beginOffset, endOffset }) => {
      const next = Math.max(nextOffsets.get(partition) ?? 0, beginOffset);
      return [partition, Math.max(0, endOffset - next)] as const;
    }),
  );
}
