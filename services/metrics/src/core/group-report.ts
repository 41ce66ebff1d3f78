/** Growth by group for an answer: the groups with most profiles, and all others as one. */
import type { GroupMeasure } from './grouping-series.ts';
import { groupMeasures } from './grouping-series.ts';
import { createSeriesValue, growthOf, type GrowthDay } from './growth.ts';

export const maxGroups = 200;
export const otherGroup = 'other';

/** A series of one group and measure. */
export interface GroupSeries {
  id: number;
  measure: GroupMeasure;
  /** By asked dimension; null for none. */
  group: readonly (string | null)[];
}

export interface ShownGroup {
  group: readonly (string | null)[];
  /** Ids of its series, by measure. */
  series: readonly { id: number; measure: GroupMeasure }[];
}

/**
 * At most `maxGroups`, those with most profiles first, of equal ones by name. Where there are more, all others are one, with those
 * that are called so.
 *
 * @param weights by series, how many profiles the group has in it
 */
export function pickGroups(
  series: readonly GroupSeries[],
  weights: ReadonlyMap<number, number>,
): ShownGroup[] {
  const named = [...Map.groupBy(series, ({ group }) => JSON.stringify(group))].map(([name, own]) => ({
    name,
    group: own[0]?.group ?? [],
    series: own,
    weight: own.reduce((sum, { id }) => sum + (weights.get(id) ?? 0), 0),
  }));
  const ranked = named.toSorted(
    (left, right) => right.weight - left.weight || (left.name < right.name ? -1 : 1),
  );
  if (ranked.length <= maxGroups) return ranked.map(({ group, series: own }) => ({ group, series: own }));
  const isOther = ({ group }: ShownGroup) => group.every((value) => value === otherGroup);
  const shown = ranked.filter((one) => !isOther(one)).slice(0, maxGroups);
  const rest = ranked.filter((one) => !shown.includes(one));
  const other = {
    group: shown[0]?.group.map(() => otherGroup) ?? [],
    series: rest.flatMap((one) => one.series),
  };
  return [...shown.map(({ group, series: own }) => ({ group, series: own })), other];
}

/** @param changes of one group, ascending by day */
export function reportGroup(
  changes: readonly { measure: GroupMeasure; day: number; amount: number }[],
  { from, to }: { from: number; to: number },
): GrowthDay[] {
  const [customersAtStart, active, retained, newcomers] = groupMeasures.map((measure) =>
    createSeriesValue(changes.filter((change) => change.measure === measure)),
  );
  return Array.from({ length: to - from + 1 }, (_value, index) => {
    const day = from + index;
    return growthOf(day, {
      customersAtStart: customersAtStart?.(day) ?? 0,
      active: active?.(day) ?? 0,
      retained: retained?.(day) ?? 0,
      new: newcomers?.(day) ?? 0,
    });
  });
}
