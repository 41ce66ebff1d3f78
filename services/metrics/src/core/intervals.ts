/**
 * The interval algebra of growth accounting. A set of days is a flat list of half-open intervals
 * `[start, end, start, end, …]`, ascending, disjoint and not touching.
 */

export type DaySet = readonly number[];

/** The union of `[day, day + length)` over ascending distinct days: the days on which someone is active. */
export function coverDays(days: readonly number[], length: number): number[] {
  const set: number[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const day of days) {
    if (day > end) {
      set.push(day, day + length);
    } else {
      set[set.length - 1] = day + length;
    }
    end = day + length;
  }
  return set;
}

/** `set ∩ (set + shift)`: active now and `shift` days ago. */
export function intersectWithShifted(set: DaySet, shift: number): number[] {
  const common: number[] = [];
  let left = 0;
  let right = 0;
  while (left < set.length && right < set.length) {
    const start = Math.max(set[left] as number, (set[right] as number) + shift);
    const leftEnd = set[left + 1] as number;
    const rightEnd = (set[right + 1] as number) + shift;
    const end = Math.min(leftEnd, rightEnd);
    if (start < end) common.push(start, end);
    if (leftEnd <= rightEnd) left += 2;
    else right += 2;
  }
  return common;
}
