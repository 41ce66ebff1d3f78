/** Keeps the rejected store, what belongs to it, and the receipt numbers at their retention without ever holding a long transaction. */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { Pool } from 'pg';
import { pruneReceiptNumbers } from '../db/prune-receipt-numbers.ts';
import { pruneRejected } from '../db/prune-rejected.ts';
import { pruneResubmissions } from '../db/prune-resubmissions.ts';

const intervalMs = 10 * 60_000;
/** A year, and what is asked about its last days. */
const receiptNumberRetentionDays = 400;

export interface PruneTimerOptions {
  pool: Pool;
  retentionDays: number;
  logger: Logger;
  summary: Summary;
}

/** A page of each table, and no rest while one of them had something to delete. */
export function startPruneTimer({ pool, retentionDays, logger, summary }: PruneTimerOptions): WorkLoop {
  const tables: { prunePage: () => Promise<number>; counter: string | null }[] = [
    { prunePage: () => pruneRejected(pool, retentionDays), counter: 'rejectedPruned' },
    {
      prunePage: () => pruneReceiptNumbers(pool, receiptNumberRetentionDays),
      counter: 'receiptNumbersPruned',
    },
    { prunePage: () => pruneResubmissions(pool, 'resubmission', retentionDays), counter: null },
    { prunePage: () => pruneResubmissions(pool, 'rejected_count', retentionDays), counter: null },
  ];
  return startWorkLoop(async () => {
    let isMore = false;
    for (const { prunePage, counter } of tables) {
      try {
        const pruned = await prunePage();
        if (counter !== null) summary.count(counter, pruned);
        if (pruned > 0) isMore = true;
      } catch (error) {
        logger.warn({ event: 'rejected.prune_failed', err: loggableError(error) }, 'tried again later');
      }
    }
    return isMore ? 0 : intervalMs;
  });
}
