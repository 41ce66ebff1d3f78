/** Which touchpoint has caused a change of membership, so that a restated figure can say why. */
import type { Membership } from '@throughline/contracts';
import type { ChangeReason } from './mentions.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export type FindReason = (identifier: string) => ChangeReason | null;

/** @param reasons touchpoints by identifier whose links a batch has changed */
export function createFindReason(
  graph: ResolutionGraph,
  reasons: ReadonlyMap<string, ChangeReason>,
): FindReason {
  // An identifier that shares a profile with one whose links changed, before or after, moved because of it.
  const byProfile = new Map<string, ChangeReason>();
  for (const [id, reason] of [...reasons].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    for (const profile of profilesOf(graph, id)) if (!byProfile.has(profile)) byProfile.set(profile, reason);
  }
  return (identifier) => {
    const own = reasons.get(identifier);
    if (own !== undefined) return own;
    const inherited = profilesOf(graph, identifier).map((profile) => byProfile.get(profile));
    return inherited.find((one) => one !== undefined) ?? null;
  };
}

export function groupByReason(
  memberships: readonly Membership[],
  findReason: FindReason,
): { reason: string | null; memberships: Membership[] }[] {
  const groups = new Map<string | null, Membership[]>();
  for (const membership of memberships) {
    const reason = findReason(membership.identifier)?.id ?? null;
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
