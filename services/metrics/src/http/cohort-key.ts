/**
 * Which cell of cohorts a question about restatements names: the profiles that were active `bucket` periods after the one in which they
 * began, and before that `previous` periods after it (0: not since they began).
 */
import { cohortModes } from '../core/cohort-definition.ts';
import type { CohortKey } from '../core/cohort-series.ts';
import { periods } from '../core/period.ts';
import type { SeriesCatalog } from '../core/series.ts';
import type { Query } from './query.ts';

export const cohortFigures = cohortModes.map((mode) => `cohort.${mode}` as const);
export const cohortDimensions = ['startActivity', 'activity', 'period', 'bucket', 'previous'] as const;

export interface CohortCell {
  key: CohortKey;
  bucket: number;
  previous: number;
}

/**
 * Null where the query does not name each of `cohortDimensions`, or no figures are kept for what it names.
 *
 * @param given how many dimensions the query names
 */
export function readCohortKey(query: Query, given: number, catalog: SeriesCatalog): CohortCell | null {
  if (given !== cohortDimensions.length) return null;
  const { pairs, caps } = catalog.settings.cohorts;
  const figure = cohortFigures.find((name) => name === query['figure']);
  const period = periods.find((name) => name === query['period']);
  const mode = cohortModes.find((name) => figure === `cohort.${name}`);
  const [startActivity = '', activity = ''] = [query['startActivity'], query['activity']];
  const [bucket, previous] = [readCount(query['bucket']), readCount(query['previous'])];
  const pair = pairs.find((one) => one.startActivity === startActivity && one.activity === activity);
  if (figure === undefined || mode === undefined || period === undefined) return null;
  if (pair?.modes.includes(mode) !== true || bucket === null || previous === null) return null;
  if (previous >= bucket || bucket > caps[period] + 1) return null;
  return { key: { figure, dimensions: { startActivity, activity, period } }, bucket, previous };
}

function readCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : null;
}
