/** The joins of person identifiers as a forest: what leads from each of them to the founder of its profile. */
import type { Join } from './person-layer.ts';

export function otherEnd({ a, b }: Pick<Join, 'a' | 'b'>, id: string): string {
  return a === id ? b : a;
}

/** Of each person identifier that the joins lead to from the founder, the one that leads there. */
export function forestFrom(founder: string, joined: readonly Join[]): Map<string, Join> {
  const joinsAt = new Map<string, Join[]>();
  for (const join of joined) {
    for (const end of [join.a, join.b]) {
      const joins = joinsAt.get(end);
      if (joins) joins.push(join);
      else joinsAt.set(end, [join]);
    }
  }
  const holding = new Map<string, Join>();
  const reached = new Set([founder]);
  // A set that grows while it is walked.
  for (const id of reached) {
    for (const join of joinsAt.get(id) ?? []) {
      const other = otherEnd(join, id);
      if (reached.has(other)) continue;
      reached.add(other);
      holding.set(other, join);
    }
  }
  return holding;
}
