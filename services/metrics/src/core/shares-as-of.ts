/** Which profiles had another share in a figure, or another id, before the changes of shares that came since. */
import type { ShareChange } from './share-changes.ts';

export interface FollowedShare {
  /** The id that it had. */
  before: string;
  /** The id that it has; null of one that has ended. */
  after: string | null;
  /** By how much its share is higher now. */
  change: number;
}

/**
 * @param changes in the order in which they happened
 * @param weightOf what a change of a series on a day changes about the figure that is asked for
 */
export function followShares(
  changes: readonly ShareChange[],
  weightOf: (series: number, day: number) => number,
): FollowedShare[] {
  const all: FollowedShare[] = [];
  const byId = new Map<string, FollowedShare>();
  const follow = (id: string): FollowedShare => {
    let found = byId.get(id);
    if (found === undefined) {
      found = { before: id, after: id, change: 0 };
      byId.set(id, found);
      all.push(found);
    }
    return found;
  };
  for (const change of changes) {
    const followed = follow(change.profile);
    if (change.renamedTo === null) {
      for (const [index, series] of change.series.entries())
        followed.change += weightOf(series, change.days[index] ?? 0) * (change.amounts[index] ?? 0);
      continue;
    }
    byId.delete(change.profile);
    // A profile that had the id before has ended.
    const ended = byId.get(change.renamedTo);
    if (ended !== undefined) ended.after = null;
    followed.after = change.renamedTo;
    byId.set(change.renamedTo, followed);
  }
  return all;
}
