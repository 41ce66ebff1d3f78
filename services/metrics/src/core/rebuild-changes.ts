/** By how much a rebuild changed the days of a series: what the figures of two generations differ by, as spans of days. */
import type { DayChange } from './lifecycle.ts';

export interface ChangedSpan {
  from: number;
  /** Included. */
  to: number;
  /** How much higher the series is on each of these days. */
  change: number;
}

/** @param to the last day that is compared; changes are ascending by day */
export function rebuildChanges(
  before: readonly DayChange[],
  after: readonly DayChange[],
  to: number,
): ChangedSpan[] {
  const steps = new Map<number, number>();
  const add = (changes: readonly DayChange[], sign: 1 | -1) => {
    for (const { day, amount } of changes) steps.set(day, (steps.get(day) ?? 0) + sign * amount);
  };
  add(before, -1);
  add(after, 1);
  const days = [...steps]
    .filter(([day, step]) => step !== 0 && day <= to)
    .sort(([left], [right]) => left - right);
  let change = 0;
  return days.flatMap(([day, step], index) => {
    change += step;
    const last = (days[index + 1]?.[0] ?? to + 1) - 1;
    return change === 0 ? [] : [{ from: day, to: last, change }];
  });
}
