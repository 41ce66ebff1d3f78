/** Which touchpoint has caused a change of membership, so that a restated figure can say why. */
import type { Membership } from '@throughline/contracts';
import type { ResolutionGraph } from './resolution-graph.ts';

/** @param reasons touchpoint ids by identifier whose links a batch has changed */
export function groupByReason(
  graph: ResolutionGraph,
  memberships: readonly Membership[],
  reasons: ReadonlyMap<string, string>,
): { reason: string | null; memberships: Membership[] }[] {
  // An identifier that shares a profile with one whose links changed, before or after, moved because of it.
  const byProfile = new Map<string, string>();
  for (const [id, reason] of [...reasons].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    for (const profile of profilesOf(graph, id)) if (!byProfile.has(profile)) byProfile.set(profile, reason);
  }
  const groups = new Map<string | null, Membership[]>();
  for (const membership of memberships) {
    const { identifier } = membership;
    const inherited = profilesOf(graph, identifier).map((profile) => byProfile.get(profile));
    const reason = reasons.get(identifier) ?? inherited.find((one) => one !== undefined) ?? null;
    const group = groups.get(reason);
    if (group) group.push(membership);
    else groups.set(reason, [membership]);
  }
  return [...groups].map(([reason, group]) => ({ reason, memberships: group }));
}

function profilesOf(graph: ResolutionGraph, id: string): string[] {
  const working = graph.identifiers.get(id);
  if (!working) return [];
  const rootState = graph.identifiers.get(working.state.root);
  const before = working.original && graph.identifiers.get(working.original.root)?.original;
  return [rootState?.state.profile ?? working.state.root, ...(before ? [before.profile] : [])];
}
