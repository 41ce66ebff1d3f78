/** What identity has still to do: records of its topics, whichever process owns their partitions, rechecks, and a switch of rules. */
import { consumerGroups, topics } from '@throughline/contracts';
import type { EventLog } from '@throughline/event-log';
import type { Pool } from 'pg';
import { findNextOffsets } from './db/find-next-offsets.ts';
import { countRechecks } from './db/rechecks.ts';
import { countPublishing } from './db/rules/rules-in-force.ts';
import type { Pending } from './http/freshness.ts';

export async function countPending(pool: Pool, log: EventLog): Promise<Pending> {
  const records = await countRecords(pool, log, consumerGroups.identity, topics.touchpoints);
  // Last: what a batch leaves to do commits with its offset.
  return { records, rechecks: (await countRechecks(pool)) + (await countPublishing(pool)) };
}

/** Rejected items that traces do not know yet. */
export async function countPendingRejections(pool: Pool, log: EventLog): Promise<number> {
  const records = await countRecords(pool, log, consumerGroups.identityRejections, topics.rejected);
  return [...records.values()].reduce((sum, count) => sum + count, 0);
}

/** By partition. First the position, then the length of the log: what commits in between counts as pending. */
async function countRecords(
  pool: Pool,
  log: EventLog,
  group: string,
  topic: string,
): Promise<Map<number, number>> {
  const nextOffsets = await findNextOffsets(pool, group, topic);
  const partitions = await log.lag(group, [topic]);
  return new Map(
    partitions.map(({ partition, beginOffset, endOffset }) => {
      const next = Math.max(nextOffsets.get(partition) ?? 0, beginOffset);
      return [partition, Math.max(0, endOffset - next)] as const;
    }),
  );
}
