/** The series of figures that have as many as there are places or ways: named by their dimensions, whether there are any or not. */
import { salesMeasures } from '../core/sales-sums.ts';
import { groupingName } from '../core/grouping-series.ts';
import type { FigureSettings, SeriesKey } from '../core/series.ts';
import type { Query } from './query.ts';

export const salesFigures = salesMeasures.map((measure) => `sales.${measure}` as const);
const placeDimensions = ['currency', 'store', 'register', 'channel'] as const;

const namedFigures: Readonly<Record<string, { required: readonly string[]; optional: readonly string[] }>> = {
  transition: { required: ['toStage', 'toRelationship'], optional: ['fromStage', 'fromRelationship'] },
  dwell: { required: ['stage', 'relationship', 'days'], optional: [] },
  channelTransition: { required: ['relationship'], optional: ['fromChannel', 'toChannel'] },
  score: { required: ['metric', 'score'], optional: ['channel'] },
};

export const openFigures: readonly string[] = [...salesFigures, ...Object.keys(namedFigures)];
export const openDimensions = [
  ...placeDimensions,
  'fromStage',
  'fromRelationship',
  'toStage',
  'toRelationship',
  'days',
  'fromChannel',
  'toChannel',
  'metric',
  'score',
] as const;

/** Dimensions that are numbers. */
const numbers: readonly string[] = ['days', 'score'];

/** Whether a series that there is none of is one without any: those of other figures are there, or are not kept. */
export function isOpenFigure(
  { figure, dimensions }: SeriesKey,
  { groupings }: Pick<FigureSettings, 'groupings'>,
): boolean {
  if (!figure.startsWith('group.')) return openFigures.includes(figure);
  const { groupBy } = dimensions as Record<string, string | number>;
  return groupings.some((names) => groupingName(names) === groupBy);
}

/** Null where another figure is asked for, or with other dimensions than it has. */
export function readOpenKey(query: Query, given: readonly string[]): SeriesKey | null {
  const { figure = '' } = query;
  const isSales = salesFigures.some((name) => name === figure);
  const named = Object.hasOwn(namedFigures, figure) ? namedFigures[figure] : undefined;
  const own = isSales ? { required: [], optional: placeDimensions } : named;
  if (own === undefined) return null;
  const known = [...own.required, ...own.optional];
  if (!given.every((name) => known.includes(name))) return null;
  if (!own.required.every((name) => given.includes(name))) return null;
  const dimensions = Object.fromEntries(
    given.map((name) => [name, numbers.includes(name) ? Number(query[name]) : (query[name] ?? '')]),
  );
  return { figure, dimensions: isSales ? { currency: '', ...dimensions } : dimensions } as SeriesKey;
}
