/** Keeps the rejected store, what belongs to it, and the receipt numbers at their retention without ever holding a long transaction. */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { pruneReceiptNumbers } from '../db/prune-receipt-numbers.ts';
import { pruneRejected } from '../db/prune-rejected.ts';
import { pruneResubmissions } from '../db/prune-resubmissions.ts';

const intervalMs = 10 * 60_000;
const passesAtOnce = 50;
/** A year, and what is asked about its last days. */
const receiptNumberRetentionDays = 400;

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

  async function untilNone(pruneSome: () => Promise<number>): Promise<void> {
    for (let pass = 0; pass < passesAtOnce && !stopping.signal.aborted; pass++) {
      if ((await pruneSome()) === 0) return;
    }
  }

  async function prune(): Promise<void> {
    try {
      await untilNone(async () => {
        const pruned = await pruneRejected(pool, retentionDays);
        summary.count('rejectedPruned', pruned);
        return pruned;
      });
      await untilNone(async () => {
        const pruned = await pruneReceiptNumbers(pool, receiptNumberRetentionDays);
        summary.count('receiptNumbersPruned', pruned);
        return pruned;
      });
      for (const table of ['resubmission', 'rejected_count'] as const) {
        await untilNone(() => pruneResubmissions(pool, table, retentionDays));
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
