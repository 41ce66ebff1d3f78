/** How many accepted touchpoints identity has not resolved yet, by partition, whichever process owns it. */
import { consumerGroups, topics } from '@throughline/contracts';
import type { EventLog } from '@throughline/event-log';
import type { Pool } from 'pg';
import { findNextOffsets } from './db/find-next-offsets.ts';

export async function countPending(pool: Pool, log: EventLog): Promise<Map<number, number>> {
  // First how far we are, then how long the log is: what commits in between counts as pending, never the other way round.
  const nextOffsets = await findNextOffsets(pool, consumerGroups.identity, topics.touchpoints);
  const partitions = await log.lag(consumerGroups.identity, [topics.touchpoints]);
  return new Map(
    partitions.map(({ partition, beginOffset, endOffset }) => {
      const next = Math.max(nextOffsets.get(partition) ?? 0, beginOffset);
      return [partition, Math.max(0, endOffset - next)] as const;
    }),
  );
}
