/**
 * Which profile after a change is the continuation of which before it: the one that shares most with it, whatever their
 * ids. A founder that joins an old customer renames the profile, and what the customer did need not move for that.
 */

export interface ProfilePair {
  /** Null for a profile that continues none. */
  from: string | null;
  /** Null for a profile that none continues. */
  to: string | null;
}

/** @param before profile by name of a part; @param after likewise */
export function pairProfiles(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ProfilePair[] {
  const shares = new Map<string, { from: string; to: string; parts: number }>();
  for (const [name, to] of after) {
    const from = before.get(name);
    if (from === undefined) continue;
    const pair = `${from} ${to}`;
    const share = shares.get(pair) ?? { from, to, parts: 0 };
    shares.set(pair, { ...share, parts: share.parts + 1 });
  }
  const free = { from: new Set(before.values()), to: new Set(after.values()) };
  const pairs: ProfilePair[] = [];
  const ranked = [...shares.values()].sort(
    (left, right) =>
      right.parts - left.parts || Number(right.from === right.to) - Number(left.from === left.to),
  );
  for (const { from, to } of ranked) {
    if (!free.from.has(from) || !free.to.has(to)) continue;
    free.from.delete(from);
    free.to.delete(to);
    pairs.push({ from, to });
  }
  const ended = [...free.from].map((from) => ({ from, to: null }));
  const begun = [...free.to].map((to) => ({ from: null, to }));
  return [...pairs, ...ended, ...begun];
}
