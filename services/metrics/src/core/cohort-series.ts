/** The series of cohorts, one for each pair, mode and period, and the cells that each consists of. */
import type { CohortMode, CohortSettings } from './cohort-definition.ts';
import { createPeriodNumbers, type PeriodNumbers } from './period-numbers.ts';
import { periods, type Period } from './period.ts';

/**
 * Profiles that came back in a bucket, by the bucket in which they had before. A cell of a matrix is a day, on which the bucket
 * began for the profile, and a bucket: the cohort is that many periods before. So cells do not grow with the cohorts. By
 * the bucket before, any bracket is a sum: of those in it, each profile is counted where the bucket before lies outside.
 */
export interface CohortKey {
  figure: `cohort.${CohortMode}`;
  dimensions: { startActivity: string; activity: string; period: Period };
}

/** Bits of a number of a cell that hold the bucket before. */
export const bitsOfPrevious = 7;

/** Never 0, which stands for no cell: there is no bucket 0. Fits into 15 bits. */
export function cohortCell(bucket: number, previous: number): number {
  return (bucket << bitsOfPrevious) | previous;
}

export interface CohortSeries {
  /** Numbers of the activities. */
  start: number;
  activity: number;
  modes: readonly CohortMode[];
  periods: readonly CohortPeriod[];
}

export interface CohortPeriod {
  numbers: PeriodNumbers;
  /** The last bucket; what is later is in the one after it, and of recurring cohorts in none. */
  cap: number;
  /** Series by mode; -1 where it is not kept. */
  series: Readonly<Record<CohortMode, number>>;
}

/** @param add numbers a series */
export function createCohortSeries(
  { pairs, caps }: CohortSettings,
  weekStart: string,
  numberOf: (activity: string) => number,
  add: (key: CohortKey) => number,
): CohortSeries[] {
  return pairs.map(({ startActivity, activity, modes }) => ({
    start: numberOf(startActivity),
    activity: numberOf(activity),
    modes,
    periods: periods.map((period) => {
      const seriesOf = (mode: CohortMode) =>
        modes.includes(mode)
          ? add({ figure: `cohort.${mode}`, dimensions: { startActivity, activity, period } })
          : -1;
      return {
        numbers: createPeriodNumbers(period, weekStart),
        cap: caps[period],
        series: { first: seriesOf('first'), recurring: seriesOf('recurring') },
      };
    }),
  }));
}
