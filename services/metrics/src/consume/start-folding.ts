/** Folds deltas in the background: soon when many wait, else after a while. Several processes may run it. */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { foldDeltas } from '../db/fold-deltas.ts';

export interface Folding {
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface FoldingOptions {
  pool: Pool;
  generation: number;
  logger: Logger;
  summary: Summary;
  intervalMs?: number;
  minDeltas?: number;
  maxAgeMs?: number;
}

export function startFolding(options: FoldingOptions): Folding {
  const { pool, generation, logger, summary, intervalMs = 1_000 } = options;
  const limits = {
    minDeltas: options.minDeltas ?? 2_000,
    maxAgeMs: options.maxAgeMs ?? 15_000,
    maxDeltas: 2_000,
  };
  let running: Promise<void> | null = null;
  let isStopped = false;

  async function fold(): Promise<void> {
    try {
      for (;;) {
        const startedAt = performance.now();
        const folded = await foldDeltas(pool, { generation, ...limits });
        if (folded === 0) return;
        summary.count('deltasFolded', folded);
        summary.timing('fold', performance.now() - startedAt);
        if (isStopped) return;
      }
    } catch (error) {
      logger.warn({ event: 'figures.fold_failed', err: loggableError(error) }, 'tried again in a moment');
    }
  }

  const timer = setInterval(() => {
    running ??= fold().finally(() => {
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
