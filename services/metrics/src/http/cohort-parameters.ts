/** The parameters of cohorts: which are kept, and how buckets are put together. */
import { AppError } from '@throughline/contracts';
import { cohortModes, type CohortMode } from '../core/cohort-definition.ts';
import type { Bracket } from '../core/cohort-report.ts';
import type { CohortSeries } from '../core/cohort-series.ts';
import { periods, type Period } from '../core/period.ts';
import type { SeriesCatalog } from '../core/series.ts';
import { readChoice, type Query } from './query.ts';

const maxBrackets = 20;
export const cohortMeasures = ['customers', 'revenue'] as const;
export type CohortMeasure = (typeof cohortMeasures)[number];

export interface AskedCohorts {
  startActivity: string;
  activity: string;
  mode: CohortMode;
  period: Period;
  series: CohortSeries;
  measure: CohortMeasure;
  unbounded: boolean;
  brackets: Bracket[] | null;
}

/** @throws AppError invalid_parameter, unconfigured_cohort */
export function readCohortParameters(query: Query, catalog: SeriesCatalog): AskedCohorts {
  const period = readChoice(query, 'period', periods) ?? 'day';
  const mode = readChoice(query, 'mode', cohortModes) ?? 'first';
  const activity = query['activity'] ?? query['startActivity'] ?? 'purchase';
  const startActivity = query['startActivity'] ?? activity;
  const place = catalog.settings.cohorts.pairs.findIndex(
    (pair) => pair.startActivity === startActivity && pair.activity === activity && pair.modes.includes(mode),
  );
  const series = catalog.cohorts[place];
  if (series === undefined) throw unconfigured(catalog, mode);
  const measure = readMeasure(query, activity);
  const unbounded = readChoice(query, 'unbounded', ['true', 'false']) === 'true';
  const brackets = readBrackets(query, catalog.settings.cohorts.caps[period]);
  if (unbounded && brackets !== null) {
    throw new AppError('invalid_parameter', 'unbounded and brackets exclude each other', {
      field: 'brackets',
      expected: 'unbounded or brackets',
    });
  }
  return { startActivity, activity, mode, period, series, measure, unbounded, brackets };
}

/** @throws AppError invalid_parameter */
function readMeasure(query: Query, activity: string): CohortMeasure {
  const measure = readChoice(query, 'measure', cohortMeasures) ?? 'customers';
  if (measure === 'customers') return measure;
  const field = activity === 'purchase' ? 'asOf' : 'activity';
  if (field === 'asOf' && query['asOf'] === undefined) return measure;
  throw new AppError('invalid_parameter', 'cohorts by revenue are those of purchases, as they are now', {
    field,
    expected: field === 'asOf' ? 'no asOf' : 'purchase',
  });
}

function unconfigured(catalog: SeriesCatalog, mode: CohortMode): AppError {
  const kept = catalog.settings.cohorts.pairs
    .filter(({ modes }) => modes.includes(mode))
    .map(({ startActivity, activity }) => `${startActivity}:${activity}`);
  const expected = kept.length === 0 ? `none with mode ${mode}` : kept.join(', ');
  return new AppError('unconfigured_cohort', `the cohorts that are kept with mode ${mode} are ${expected}`, {
    field: 'startActivity',
    expected,
  });
}

/** `1-3,4-7,8+`: null where they are not given. */
function readBrackets(query: Query, cap: number): Bracket[] | null {
  const text = query['brackets'];
  if (text === undefined) return null;
  const parts = text.split(',', maxBrackets + 1);
  const brackets = parts.flatMap((part) => parseBracket(part, cap) ?? []);
  if (brackets.length === parts.length && parts.length <= maxBrackets) return brackets;
  throw new AppError('invalid_parameter', 'brackets are numbers of periods after that of the cohort', {
    field: 'brackets',
    expected: `at most ${maxBrackets} such as 1-3,4-7,8+ from 1 to ${cap}`,
  });
}

function parseBracket(part: string, cap: number): Bracket | null {
  const match = /^(\d{1,3})(?:-(\d{1,3})|(\+))?$/.exec(part.trim());
  if (match === null) return null;
  const from = Number(match[1]);
  const to = match[3] === '+' ? null : Number(match[2] ?? match[1]);
  return from >= 1 && from <= (to ?? cap) && (to ?? cap) <= cap ? { from, to } : null;
}

export function bracketLabel({ from, to }: Bracket): string {
  if (to === null) return `${from}+`;
  return from === to ? String(from) : `${from}-${to}`;
}
