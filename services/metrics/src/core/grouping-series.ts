/** The series of grouped growth: for each grouping, activity and window one for each measure and combination of values. */
import { relationships } from '@throughline/contracts';

export const relationshipDimension = 'relationship';

/** Levels, all of the same group on the same day: so each group adds up by itself, also where profiles change theirs. */
export const groupMeasures = ['customersAtStart', 'active', 'retained', 'new'] as const;
export type GroupMeasure = (typeof groupMeasures)[number];

/** Profiles of one group. A dimension of which they have no value is not among the dimensions. */
export interface GroupKey {
  figure: `group.${GroupMeasure}`;
  dimensions: Record<string, string | number>;
}

export interface GroupingSeries {
  dimensions: readonly string[];
  hasRelationship: boolean;
  /**
   * Number of the first of the group's series, one for each of `groupMeasures` in their order.
   *
   * @param values of the stated dimensions, in the order of the catalog
   */
  firstSeries(
    of: { activity: string; window: number; relationship: number },
    values: readonly (string | null)[],
  ): number;
}

/** Those of which touchpoints state the value, in the order of their first grouping. */
export function statedDimensionsOf(groupings: readonly (readonly string[])[]): string[] {
  return [...new Set(groupings.flat())].filter((name) => name !== relationshipDimension);
}

/** @param add numbers a series */
export function createGroupingSeries(
  groupings: readonly (readonly string[])[],
  add: (key: GroupKey) => number,
): GroupingSeries[] {
  const stated = statedDimensionsOf(groupings);
  return groupings.map((dimensions) => {
    const groupBy = groupingName(dimensions);
    const known = new Map<string, number>();
    return {
      dimensions,
      hasRelationship: dimensions.includes(relationshipDimension),
      firstSeries({ activity, window, relationship }, values) {
        const own = dimensions.map((name) =>
          name === relationshipDimension
            ? (relationships[relationship] ?? null)
            : (values[stated.indexOf(name)] ?? null),
        );
        const name = JSON.stringify([activity, window, ...own]);
        let first = known.get(name);
        if (first === undefined) {
          const groups = groupDimensions(dimensions, own);
          const [one = 0] = groupMeasures.map((measure) =>
            add({ figure: `group.${measure}`, dimensions: { activity, window, groupBy, ...groups } }),
          );
          known.set(name, (first = one));
        }
        return first;
      },
    };
  });
}

export function groupingName(dimensions: readonly string[]): string {
  return dimensions.join('+');
}

function groupDimensions(
  names: readonly string[],
  values: readonly (string | null)[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name, place) => {
      const value = values[place] ?? null;
      return value === null ? [] : [[name, value] as const];
    }),
  );
}
