/** Keeps what identity holds of rejected items and conflicts at its retention, without a long transaction. */
import { setTimeout as delay } from 'node:timers/promises';
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { pruneCopies, prunedTables, pruneLimit } from '../db/prune-copies.ts';

const intervalMs = 10 * 60_000;
const passesAtOnce = 50;

export interface PruneTimerOptions {
  pool: Pool;
  retentionDays: number;
  logger: Logger;
  summary: Summary;
}

export interface PruneTimer {
  /** Resolves when the pass that is running is done. */
  stop(): Promise<void>;
}

export function startPruneTimer({ pool, retentionDays, logger, summary }: PruneTimerOptions): PruneTimer {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function prune(): Promise<void> {
    for (const table of prunedTables) {
      for (let pass = 0; pass < passesAtOnce && !signal.aborted; pass += 1) {
        const pruned = await pruneCopies(pool, table, retentionDays);
        summary.count('copiesPruned', pruned, table);
        if (pruned < pruneLimit) break;
      }
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await prune().catch((error: unknown) => {
        logger.warn({ event: 'rejected.prune_failed', err: loggableError(error) }, 'tried again later');
      });
      // Aborted means stopped; there is nothing else that a delay could fail with.
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
