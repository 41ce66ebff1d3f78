/**
 * A cause often restates many days at once: a late purchase changes each day of its window. What changed together, in the
 * same quarter of an hour and for the same cause, is shown together.
 */
import type { Restatement } from '../../api/metrics-answers.ts';

export interface RestatementGroup {
  figure: string;
  cause: string;
  changedAt: string;
  /** First and last of the days, newest last. */
  from: string;
  to: string;
  items: readonly Restatement[];
  /** Of a day. */
  least: number;
  most: number;
  reasons: readonly string[];
}

/** Newest first. */
export function groupRestatements(items: readonly Restatement[]): RestatementGroup[] {
  const groups = Map.groupBy(items, ({ figure, cause, changedAt }) => `${changedAt} ${figure} ${cause}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { figure, cause, changedAt } = first;
      const changes = group.map(({ change }) => change);
      return {
        figure,
        cause,
        changedAt,
        from: group.map(({ from }) => from).reduce((one, other) => (one < other ? one : other)),
        to: group.map(({ to }) => to).reduce((one, other) => (one > other ? one : other)),
        items: group.toSorted((one, other) => (one.from < other.from ? 1 : -1)),
        least: Math.min(...changes),
        most: Math.max(...changes),
        reasons: [...new Set(group.flatMap(({ reasons }) => reasons))],
      };
    })
    .sort((one, other) => (one.changedAt < other.changedAt ? 1 : one.changedAt > other.changedAt ? -1 : 0));
}
