/**
 * Keeps a valuation of the last closed day: one when the day closes, and others when records were consumed since, since late
 * ones restate it. It reads all customers, so it rests for twenty times as long as it took, or 10 s where there were none: it takes
 * less than 5 % of the time. Several processes may run it; one computes at a time.
 */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { computeValuation } from '../db/compute-valuation.ts';
import { readValuationState } from '../db/find-valuation.ts';
import { saveValuation } from '../db/save-valuation.ts';
import { withAdvisoryLock } from '../db/with-advisory-lock.ts';

export interface ValuingOptions {
  pool: Pool;
  generation: number;
  /** Number of the activity whose sales count. */
  activity: number;
  calendar: ReportingCalendar;
  logger: Logger;
  summary: Summary;
  intervalMs?: number;
  minRestMs?: number;
}

const restFactor = 20;

export function startValuing(options: ValuingOptions): Pick<WorkLoop, 'stop'> {
  const { pool, generation, logger, intervalMs = 1_000, minRestMs = 10_000 } = options;

  /** @returns how long to rest, in ms */
  async function work(): Promise<number> {
    try {
      const state = await readValuationState(pool, generation);
      if (state === null) return intervalMs;
      const { day, positions, valued } = state;
      if (valued?.day === day && valued.positions === positions) return intervalMs;
      const startedAt = performance.now();
      const isEmpty = await withAdvisoryLock(pool, { name: 'valuation', number: generation }, () =>
        value(options, { day, positions }),
      );
      const tookMs = performance.now() - startedAt;
      options.summary.timing('value', tookMs);
      return isEmpty === false ? Math.max(minRestMs, restFactor * tookMs) : minRestMs;
    } catch (error) {
      logger.warn(
        { event: 'figures.valuation_failed', err: loggableError(error) },
        'valuation failed: it is tried again in a moment',
      );
      return minRestMs;
    }
  }

  return startWorkLoop(work);
}

/** @returns whether there were no customers */
async function value(
  { pool, generation, activity, calendar }: ValuingOptions,
  { day, positions }: { day: number; positions: string },
): Promise<boolean> {
  const valuation = await computeValuation(pool, generation, { activity, day });
  await saveValuation(pool, { generation, calendar }, { day, positions, valuation });
  return Object.keys(valuation).length === 0;
}
