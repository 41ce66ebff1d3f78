/**
 * What runs beside the stream: days close in time; deltas are folded, soon when there are many, else after a while. Several
 * processes may run it.
 */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { advanceEpoch } from '../db/advance-epoch.ts';
import { foldDeltas } from '../db/fold-deltas.ts';

export interface FoldingOptions {
  pool: Pool;
  generation: number;
  calendar: ReportingCalendar;
  logger: Logger;
  summary: Summary;
  intervalMs?: number;
  minDeltas?: number;
  maxAgeMs?: number;
}

export function startFolding(options: FoldingOptions): Pick<WorkLoop, 'stop'> {
  const { pool, generation, calendar, logger, summary, intervalMs = 1_000 } = options;
  const limits = {
    // Random days of 15,000 touchpoints: CPU of Postgres a touchpoint 233 µs, and 300 µs where 2,000 deltas fold at once.
    minDeltas: options.minDeltas ?? 10_000,
    maxAgeMs: options.maxAgeMs ?? 15_000,
    maxDeltas: 10_000,
  };

  /** @returns how long to rest, in ms */
  async function work(): Promise<number> {
    try {
      await advanceEpoch(pool, generation, calendar);
      const startedAt = performance.now();
      const folded = await foldDeltas(pool, { generation, ...limits });
      if (folded === 0) return intervalMs;
      summary.count('deltasFolded', folded);
      summary.timing('fold', performance.now() - startedAt);
      return 0;
    } catch (error) {
      logger.warn(
        { event: 'figures.fold_failed', err: loggableError(error) },
        'folding failed: it is tried again in a moment',
      );
      return intervalMs;
    }
  }

  return startWorkLoop(work);
}
