/** Which cohorts are kept: pairs of the activity that begins a cohort and the one that counts as coming back. */
import type { Period } from './period.ts';

export const cohortModes = ['first', 'recurring'] as const;
/** A profile is in the cohort of its first period with the start activity, or in those of all such periods. */
export type CohortMode = (typeof cohortModes)[number];

export interface CohortPair {
  startActivity: string;
  activity: string;
  modes: readonly CohortMode[];
}

export interface CohortSettings {
  pairs: readonly CohortPair[];
  /** The last bucket, by period. */
  caps: Readonly<Record<Period, number>>;
}

/** Three months of days, a year of weeks, three years of months. */
export const cohortCaps: CohortSettings['caps'] = { day: 90, week: 53, month: 36 };
