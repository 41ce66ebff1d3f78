/**
 * Builds generations of figures beside the stream: page by page, then verifies what was built, then puts it in use. Several processes
 * may run it. It rests as long as a page took, so that batches have half of the time at least.
 */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import { functionVersion } from '../core/generation-settings.ts';
import { foldDeltas } from '../db/fold-deltas.ts';
import { findGenerations } from '../db/generations.ts';
import { pruneRetired } from '../db/prune-retired.ts';
import { abandonRebuild } from '../db/rebuilds.ts';
import { wholeScope } from '../db/verification/verification-scope.ts';
import { verifyFigures } from '../db/verification/verify-figures.ts';
import { withAdvisoryLock } from '../db/with-advisory-lock.ts';
import { stepRebuild, switchToBuilt, type RebuildParts } from './rebuild-figures.ts';

export interface RebuildingOptions extends RebuildParts {
  logger: Logger;
  summary: Summary;
  /** Called when another generation is in use. */
  switched: () => void;
  intervalMs?: number;
}

const folding = { minDeltas: 2_000, maxAgeMs: 15_000, maxDeltas: 2_000 };
const restAfterFailureMs = 2_000;

export function startRebuilding(options: RebuildingOptions): Pick<WorkLoop, 'stop'> {
  const { pool, logger, summary, intervalMs = 1_000 } = options;
  const stopping = new AbortController();

  /** @returns how long to rest, in ms */
  async function work(): Promise<number> {
    try {
      const startedAt = performance.now();
      const step = await stepRebuild(options, functionVersion);
      if (step === 'none') return (await pruneRetired(pool)) ? 0 : intervalMs;
      if (step === 'filled') return (await finish(options, stopping.signal)) ? 0 : intervalMs;
      const tookMs = performance.now() - startedAt;
      summary.timing('rebuild', tookMs);
      const { built } = await findGenerations(pool);
      if (built !== null) await foldDeltas(pool, { generation: built.id, ...folding });
      return tookMs;
    } catch (error) {
      // What is built stays, and is verified after the next start.
      if (stopping.signal.aborted) return intervalMs;
      logger.warn(
        { event: 'rebuild.failed', err: loggableError(error) },
        'a step of the rebuild failed: it is tried again in a moment',
      );
      return restAfterFailureMs;
    }
  }

  const loop = startWorkLoop(work);
  return {
    async stop() {
      stopping.abort();
      await loop.stop();
    },
  };
}

/** Verifies what was built, and puts it in use or gives it up. @returns whether it was this process that did */
async function finish(options: RebuildingOptions, signal: AbortSignal): Promise<boolean> {
  const { pool, logger, switched } = options;
  const { built } = await findGenerations(pool);
  if (built === null) return false;
  const generation = built.id;
  const comparison = await withAdvisoryLock(pool, { name: 'rebuild', number: generation }, () =>
    verifyFigures(pool, generation, wholeScope, { signal }),
  );
  if (comparison === null) return false;
  const { checked, differenceCount, differences } = comparison;
  if (differenceCount > 0) {
    logger.error(
      {
        event: 'rebuild.abandoned',
        generation,
        checked,
        differenceCount,
        differences: differences.slice(0, 5),
      },
      'rebuild abandoned: what was built differs from what is recomputed; the figures stay as they are',
    );
    await abandonRebuild(
      pool,
      generation,
      `${differenceCount} of ${checked} values differ from what is recomputed`,
    );
    return true;
  }
  if (!(await switchToBuilt(options, generation))) return false;
  logger.info(
    { event: 'rebuild.done', generation, checked },
    'figures were rebuilt: the new ones are in use',
  );
  switched();
  return true;
}
