/** Why an attached identifier is attached where it is, and why its other links do not attach it. */
import { compareIdentifierTypes, isPersonType } from '@throughline/contracts';
import { loadRootsAndSides, type Parent, rankParents, splitAgainst } from './attached-layer.ts';
import { type Link, publicLevel } from './evidence.ts';
import type { ExplainedLink, LinkRefusal, RefusedLink } from './explained-link.ts';
import { basisOfDeadLink, basisOfParent, loadVias } from './join-basis.ts';
import type { Loading } from './loads.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

/** Loads what deciding the parents of these needs. */
export function* loadAttachments(graph: ResolutionGraph, ids: readonly string[]): Loading<void> {
  const attached = new Set(ids.filter((id) => !isPersonType(graph.get(id).type)));
  yield* graph.loadAttached(attached);
  yield* loadRootsAndSides(graph, attached);
  yield* loadVias(
    graph,
    [...attached].flatMap((id) => graph.inferredAt(id).filter(({ person, a }) => !person && a === id)),
  );
}

/** Null for one that is attached to nothing. */
export function explainAttachment(graph: ResolutionGraph, id: string): ExplainedLink | null {
  const { parent: to } = graph.get(id);
  if (to === null) return null;
  const chosen = chosenParent(graph, id);
  return { to, basis: chosen?.id === to ? basisOfParent(graph, id, chosen) : { kind: 'pending' } };
}

/** What an identifier was not attached to although a decision or an inferred link says so; direct links apart. */
export function refusedParents(graph: ResolutionGraph, id: string): RefusedLink[] {
  return rankParents(graph, id).flatMap((parent): RefusedLink[] => {
    if (parent.kind === 'link' && parent.via === null) return [];
    const refusal = refusalOfParent(graph, id, parent);
    return refusal === null ? [] : [{ to: parent.id, basis: basisOfParent(graph, id, parent), refusal }];
  });
}

/** Why a direct link does not attach its weaker end to its stronger one; null when it does. */
export function refusalOfAttachment(graph: ResolutionGraph, link: Link): LinkRefusal | null {
  const { weaker, stronger } = link;
  const standing = graph.standingOf(link);
  if (standing === null) return sharedRefusal(graph, link);
  if (compareIdentifierTypes(graph.get(stronger).type, graph.get(weaker).type) >= 0)
    return { reason: 'same_type' };
  if (standing.level <= graph.mixedLevelOf(stronger)) return { reason: 'mixed' };
  if (graph.get(weaker).vouched && standing.level === publicLevel) return { reason: 'vouched' };
  const parent = rankParents(graph, weaker).find(
    (one) => one.kind === 'link' && one.via === null && one.id === stronger,
  );
  return parent === undefined ? null : refusalOfParent(graph, weaker, parent);
}

export function sharedRefusal(graph: ResolutionGraph, link: Link): LinkRefusal {
  const level = basisLevel(link);
  const shared = [link.weaker, link.stronger].filter((id) => graph.sharedLevelOf(id) >= level);
  return { reason: 'shared', shared };
}

function basisLevel(link: Link): number {
  const basis = basisOfDeadLink(link);
  return basis.kind === 'direct' ? basis.level : publicLevel;
}

function chosenParent(graph: ResolutionGraph, id: string): Parent | undefined {
  return rankParents(graph, id).find((parent) => splitAgainst(graph, id, parent) === null);
}

function refusalOfParent(graph: ResolutionGraph, id: string, parent: Parent): LinkRefusal | null {
  const split = splitAgainst(graph, id, parent);
  if (split !== null) return { reason: 'split', split: split.id };
  const chosen = chosenParent(graph, id);
  return chosen === undefined || chosen.id === parent.id ? null : { reason: 'outranked', by: chosen.id };
}
