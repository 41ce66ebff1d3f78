/**
 * What runs beside the stream: days close in time; deltas are folded, soon when there are many, else after a while. Several
 * processes may run it.
 */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { advanceEpoch } from '../db/advance-epoch.ts';
import { foldDeltas } from '../db/fold-deltas.ts';

export interface Folding {
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

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

export function startFolding(options: FoldingOptions): Folding {
  const { pool, generation, calendar, logger, summary, intervalMs = 1_000 } = options;
  const limits = {
    // Random days of 15,000 touchpoints: CPU of Postgres a touchpoint 233 µs, and 300 µs where 2,000 deltas fold at once.
    minDeltas: options.minDeltas ?? 10_000,
    maxAgeMs: options.maxAgeMs ?? 15_000,
    maxDeltas: 10_000,
  };
  let running: Promise<void> | null = null;
  let isStopped = false;

  async function runOnce(): Promise<void> {
    try {
      await advanceEpoch(pool, generation, calendar);
      await fold();
    } catch (error) {
      logger.warn(
        { event: 'figures.fold_failed', err: loggableError(error) },
        'folding failed: it is tried again in a moment',
      );
    }
  }

  async function fold(): Promise<void> {
    while (!isStopped) {
      const startedAt = performance.now();
      const folded = await foldDeltas(pool, { generation, ...limits });
      if (folded === 0) return;
      summary.count('deltasFolded', folded);
      summary.timing('fold', performance.now() - startedAt);
    }
  }

  const timer = setInterval(() => {
    running ??= runOnce().finally(() => {
      running = null;
    });
  }, intervalMs);
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
