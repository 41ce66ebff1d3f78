/** Keeps the rejected store at its retention without ever holding a long transaction. */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { pruneRejected } from '../db/prune-rejected.ts';

const intervalMs = 10 * 60_000;
const passesAtOnce = 50;

export interface PruneTimer {
  stop(): Promise<void>;
}

export function startPruneTimer(options: {
  pool: Pool;
  retentionDays: number;
  logger: Logger;
  summary: Summary;
}): PruneTimer {
  const { pool, retentionDays, logger, summary } = options;
  let pruning: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  async function prune(): Promise<void> {
    try {
      for (let pass = 0; pass < passesAtOnce && !stopping.signal.aborted; pass++) {
        const pruned = await pruneRejected(pool, retentionDays);
        summary.count('rejectedPruned', pruned);
        if (pruned === 0) break;
      }
    } catch (error) {
      logger.warn({ event: 'rejected.prune_failed', err: loggableError(error) }, 'tried again later');
    }
  }

  const timer = setInterval(() => {
    pruning = prune();
  }, intervalMs);
  timer.unref();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await pruning;
    },
  };
}
