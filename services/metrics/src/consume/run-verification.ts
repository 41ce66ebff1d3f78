/** Carries out a verification that was begun, and keeps and logs what it comes to. */
import { loggableError, type Logger } from '@throughline/runtime';
import type { Pool } from 'pg';
import { saveComparison, saveFailure, saveStep } from '../db/verification/save-verification.ts';
import { verifyFigures } from '../db/verification/verify-figures.ts';
import type { VerificationScope } from '../db/verification/verification-scope.ts';

/** Never rejects. @param signal ends it before its time */
export async function runVerification(
  { pool, logger, signal }: { pool: Pool; logger: Logger; signal: AbortSignal },
  { id, generation, scope }: { id: string; generation: number; scope: VerificationScope },
): Promise<void> {
  try {
    const onStep = (step: Parameters<typeof saveStep>[2]) => saveStep(pool, id, step);
    const comparison = await verifyFigures(pool, generation, scope, { onStep, signal });
    await saveComparison(pool, id, comparison);
    const { checked, differenceCount, profiles } = comparison;
    const { sample } = scope;
    const level = differenceCount === 0 ? 'info' : 'error';
    logger[level](
      {
        event: 'verification.done',
        verification: id,
        sample,
        checked,
        differenceCount,
        profiles: profiles.slice(0, 5),
      },
      differenceCount === 0 ? 'verification done: figures agree' : 'verification done: figures differ',
    );
  } catch (error) {
    if (signal.aborted) {
      logger.info(
        { event: 'verification.stopped', verification: id },
        'verification stopped with the process',
      );
      await saveFailure(pool, id, 'the process that ran it was stopped').catch(() => {});
      return;
    }
    logger.error(
      { event: 'verification.failed', verification: id, err: loggableError(error) },
      'verification failed: figures were not compared',
    );
    await saveFailure(pool, id, 'the verification could not be carried out; see the log').catch(() => {});
  }
}
