/** Keeps what identity holds of rejected items and conflicts at its retention, without a long transaction. */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { Pool } from 'pg';
import { pruneCopies, prunedTables, pruneLimit } from '../db/prune-copies.ts';

const intervalMs = 10 * 60_000;

export interface PruneTimerOptions {
  pool: Pool;
  retentionDays: number;
  logger: Logger;
  summary: Summary;
}

/** A page of each table, and no rest while one of them is full. */
export function startPruneTimer({ pool, retentionDays, logger, summary }: PruneTimerOptions): WorkLoop {
  return startWorkLoop(async () => {
    let isFull = false;
    for (const table of prunedTables) {
      try {
        const pruned = await pruneCopies(pool, table, retentionDays);
        summary.count('copiesPruned', pruned, table);
        if (pruned >= pruneLimit) isFull = true;
      } catch (error) {
        logger.warn({ event: 'rejected.prune_failed', err: loggableError(error) }, 'tried again later');
      }
    }
    return isFull ? 0 : intervalMs;
  });
}
