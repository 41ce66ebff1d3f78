/**
 * Verifies by itself once a night, from three in the morning of the reporting zone on: everything while there are few touchpoints,
 * else the histories of a sample of the profiles, others each night. Several processes may run it; one begins the night's.
 */
import { randomUUID } from 'node:crypto';
import { loggableError, type Logger } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { nightOf } from '../core/night.ts';
import { beginNight, estimateFacts } from '../db/verification/save-verification.ts';
import { wholeScope } from '../db/verification/verification-scope.ts';
import { runVerification } from './run-verification.ts';

export interface VerifyingOptions {
  pool: Pool;
  generation: number;
  calendar: ReportingCalendar;
  logger: Logger;
  /** ms since 1970 */
  now: () => number;
  intervalMs?: number;
}

/** Touchpoints that are verified whole: a minute or so. */
const wholeUpTo = 200_000;
const share = 0.01;

export function startVerifying(options: VerifyingOptions): Pick<WorkLoop, 'stop'> {
  const { pool, generation, calendar, logger, now, intervalMs = 60_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let seen: number | null = null;

  async function work(): Promise<number> {
    const night = nightOf(now(), calendar);
    if (night === null || night === seen) return intervalMs;
    try {
      const sample = (await estimateFacts(pool)) <= wholeUpTo ? null : share;
      const id = randomUUID();
      if (await beginNight(pool, { id, generation, night, sample }))
        await runVerification({ pool, logger, signal }, { id, generation, scope: { ...wholeScope, sample } });
      seen = night;
    } catch (error) {
      logger.warn(
        { event: 'verification.night_failed', err: loggableError(error) },
        'the verification of the night could not begin: it is tried again in a moment',
      );
    }
    return intervalMs;
  }

  const loop = startWorkLoop(work);
  return {
    async stop() {
      stopping.abort();
      await loop.stop();
    },
  };
}
