/** What moves between profiles, as one history of its own: occurrences summed, of each day the latest mark. */
import type { HistoryPart } from './profile-history.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

export interface BundleDay {
  day: number;
  /** Activity -> occurrences. */
  counts: Map<number, number>;
  mark: StageMark | null;
}

/** Ascending by day. */
export function bundleParts(parts: readonly HistoryPart[], activities: readonly number[]): BundleDay[] {
  const days = new Map<number, BundleDay>();
  const at = (day: number): BundleDay => {
    let one = days.get(day);
    if (one === undefined) days.set(day, (one = { day, counts: new Map(), mark: null }));
    return one;
  };
  for (const part of parts) {
    for (const activity of activities) {
      for (const [day, count] of part.counts(activity).entries()) {
        const { counts } = at(day);
        counts.set(activity, (counts.get(activity) ?? 0) + count);
      }
    }
    for (const [day, mark] of part.marks().entries()) at(day).mark = laterMark(at(day).mark, mark);
  }
  return [...days.values()].sort((left, right) => left.day - right.day);
}
