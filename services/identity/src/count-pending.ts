/** What identity has still to do: accepted touchpoints by partition, whichever process owns it, and rechecks. */
import { consumerGroups, topics } from '@throughline/contracts';
import type { EventLog } from '@throughline/event-log';
import type { Pool } from 'pg';
import { findNextOffsets } from './db/find-next-offsets.ts';
import { countRechecks } from './db/rechecks.ts';
import type { Pending } from './http/freshness.ts';

export async function countPending(pool: Pool, log: EventLog): Promise<Pending> {
  // First the position, then the length of the log, then the rechecks: what commits in between counts as pending.
  const nextOffsets = await findNextOffsets(pool, consumerGroups.identity, topics.touchpoints);
  const partitions = await log.lag(consumerGroups.identity, [topics.touchpoints]);
  const records = new Map(
    partitions.map(({ partition, beginOffset, endOffset }) => {
      const next = Math.max(nextOffsets.get(partition) ?? 0, beginOffset);
      return [partition, Math.max(0, endOffset - next)] as const;
    }),
  );
  return { records, rechecks: await countRechecks(pool) };
}
