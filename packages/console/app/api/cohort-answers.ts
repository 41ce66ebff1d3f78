/** What metrics answers about cohorts, as far as the pages show it. */
import type { Freshness } from './metrics-answers.ts';

export interface Cohort {
  /** First day of its period. */
  cohort: string;
  size: number;
  /** The size, then those who came back in each bucket that has begun. */
  values: readonly number[];
  /** From which of the values on the buckets are not over. */
  partialFrom: number | null;
}

export interface CohortGroup {
  /** Null for customers without a value. */
  group: Readonly<Record<string, string | null>>;
  cohorts: readonly Cohort[];
}

export interface CohortsAnswer {
  definition: string;
  period: string;
  buckets: readonly string[];
  cohorts: readonly Cohort[];
  /** Where they were asked for. */
  groups?: readonly CohortGroup[];
  freshness: Freshness;
}
