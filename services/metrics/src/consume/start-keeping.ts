/**
 * Keeps the figures in use, and changes over when another generation takes their place: the loops beside the stream belong to one
 * generation, the stream asks which one it is with every batch. States:
 *
 * - frozen: code of another version made the figures. They are served as they are; records wait in the log until a rebuild is done.
 * - keeping: records are consumed, loops run.
 */
import type { Subscription } from '@throughline/event-log';
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { startWorkLoop } from '@throughline/timing';
import type { Pool } from 'pg';
import { advanceEpoch } from '../db/advance-epoch.ts';
import type { FigureContext } from './apply-records.ts';
import type { FigureGenerations } from './figure-generations.ts';
import { startRebuilding } from './start-rebuilding.ts';

interface Stoppable {
  stop(): Promise<void>;
}

export interface KeepingOptions {
  pool: Pool;
  generations: FigureGenerations;
  logger: Logger;
  summary: Summary;
  startLoops: (figures: FigureContext) => Stoppable;
  startConsuming: () => Promise<Subscription>;
}

const refreshMs = 1_000;

export async function startKeeping(options: KeepingOptions): Promise<Stoppable> {
  const { pool, generations, logger, summary } = options;
  let loops: Stoppable | null = null;
  let subscription: Subscription | null = null;

  async function keep(): Promise<void> {
    await loops?.stop();
    loops = null;
    if (generations.isFrozen()) return;
    const figures = generations.current();
    // What is consumed first must not be taken for something that was counted before the process was down.
    await advanceEpoch(pool, figures.generation.id, figures.calendar);
    loops = options.startLoops(figures);
    subscription ??= await options.startConsuming();
  }

  async function refresh(): Promise<void> {
    try {
      if (await generations.refresh()) await keep();
    } catch (error) {
      logger.warn(
        { event: 'rebuild.failed', err: loggableError(error) },
        'the generation in use could not be read: it is tried again in a moment',
      );
    }
  }

  await keep();
  const looking = startWorkLoop(async () => {
    await refresh();
    return refreshMs;
  });
  const rebuilding = startRebuilding({
    pool,
    contextOf: generations.contextOf,
    logger,
    summary,
    switched: () => looking.wake(),
  });
  return {
    async stop() {
      await looking.stop();
      await Promise.all([subscription?.stop(), rebuilding.stop()]);
      await loops?.stop();
    },
  };
}
