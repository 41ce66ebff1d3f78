/** The series of cohorts, numbered when something is first emitted for them. */
import type { CohortMode, CohortSettings } from './cohort-definition.ts';
import { createPeriodNumbers, type PeriodNumbers } from './period-numbers.ts';
import { periods, type Period } from './period.ts';

/**
 * Profiles that came back in a bucket, by the bucket in which they had before. A cell of a matrix is a day, on which the bucket
 * began for the profile, and a bucket: the cohort is that many periods before. So the series do not grow with the cohorts. By
 * the bucket before, any bracket is a sum: of those in it, each profile is counted where the bucket before lies outside.
 */
export interface CohortKey {
  figure: `cohort.${CohortMode}`;
  dimensions: { startActivity: string; activity: string; period: Period; bucket: number; previous: number };
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
  seriesOf: (mode: CohortMode, bucket: number, previous: number) => number;
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
      const known = new Map<string, number>();
      return {
        numbers: createPeriodNumbers(period, weekStart),
        cap: caps[period],
        seriesOf(mode: CohortMode, bucket: number, previous: number): number {
          const name = `${mode} ${bucket} ${previous}`;
          let series = known.get(name);
          if (series === undefined) {
            const dimensions = { startActivity, activity, period, bucket, previous };
            known.set(name, (series = add({ figure: `cohort.${mode}`, dimensions })));
          }
          return series;
        },
      };
    }),
  }));
}
