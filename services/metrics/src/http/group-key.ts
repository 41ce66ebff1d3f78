/** A series of grouped growth, from the parameters of a question. */
import { groupingName, groupMeasures, type GroupKey } from '../core/grouping-series.ts';
import type { SeriesCatalog } from '../core/series.ts';
import type { Query } from './query.ts';

export const groupFigures = groupMeasures.map((measure) => `group.${measure}` as const);

/** Names of the parameters that have the values. */
export function groupParameters({ groupings }: Pick<SeriesCatalog, 'groupings'>): string[] {
  return ['groupBy', ...new Set(groupings.flatMap(({ dimensions }) => dimensions))];
}

/** Null where no group that is kept has it. A dimension that is not given is that of profiles without a value. */
export function readGroupKey(
  query: Query,
  given: readonly string[],
  catalog: SeriesCatalog,
): GroupKey | null {
  const figure = groupFigures.find((name) => name === query['figure']);
  const grouping = catalog.groupings.find(({ dimensions }) => groupingName(dimensions) === query['groupBy']);
  const series = catalog.activities.find(({ activity }) => activity === query['activity']);
  const windowed = series?.windows.find(({ window }) => String(window) === query['window']);
  if (figure === undefined || grouping === undefined || series === undefined || windowed === undefined)
    return null;
  const known = ['activity', 'window', 'groupBy', ...grouping.dimensions];
  if (!given.every((name) => known.includes(name))) return null;
  const values = grouping.dimensions.flatMap((name) =>
    query[name] === undefined ? [] : [[name, query[name]] as const],
  );
  return {
    figure,
    dimensions: {
      activity: series.activity,
      window: windowed.window,
      groupBy: groupingName(grouping.dimensions),
      ...Object.fromEntries(values),
    },
  };
}
