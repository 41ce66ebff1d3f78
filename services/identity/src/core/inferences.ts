/**
 * What an attached identifier says about those it has met: one that has met at most one of every person type links them (a
 * visitor who left an e-mail address, then signed in), and a transaction also links the carriers it has met to them (a
 * visitor whose order the back end knows). One that has met two of a type says nothing.
 */
import { isCarrierType, isPersonType, isTransactionType } from '@throughline/contracts';
import { compareMoments, type InferredLink, type Level, publicLevel, type Standing } from './evidence.ts';
import type { Loading } from './loads.ts';
import { inferredKey, type ResolutionGraph } from './resolution-graph.ts';

export interface RevisedInferences {
  /** Person identifiers whose component has other candidates than before. */
  persons: Set<string>;
  /** Carriers whose parent may be another than before. */
  carriers: Set<string>;
}

/** Decides again what these attached identifiers infer. */
export function* reviseInferences(
  graph: ResolutionGraph,
  attached: ReadonlySet<string>,
): Loading<RevisedInferences> {
  yield* graph.loadAttached(attached);
  const revised: RevisedInferences = { persons: new Set(), carriers: new Set() };
  for (const via of attached) {
    const before = byKey(graph.inferredAt(via).filter((link) => link.via === via));
    const after = byKey(inferFrom(graph, via));
    for (const [key, link] of before) {
      const other = after.get(key);
      if (other !== undefined && sameInference(link, other)) continue;
      graph.removeInferred(link);
      noteEnds(link, revised);
    }
    for (const [key, link] of after) {
      const other = before.get(key);
      if (other !== undefined && sameInference(link, other)) continue;
      graph.addInferred(link);
      if (link.person) for (const id of [link.a, link.b]) graph.get(id).linked = true;
      noteEnds(link, revised);
    }
  }
  return revised;
}

function byKey(links: readonly InferredLink[]): Map<string, InferredLink> {
  return new Map(links.map((link) => [inferredKey(link), link]));
}

function noteEnds(link: InferredLink, revised: RevisedInferences): void {
  if (link.person) revised.persons.add(link.a).add(link.b);
  else revised.carriers.add(link.a);
}

/** Of two inferences with the same ends. */
function sameInference(left: InferredLink, right: InferredLink): boolean {
  return left.level === right.level && compareMoments(left.first, right.first) === 0;
}

interface Met {
  id: string;
  standing: Standing;
}

function inferFrom(graph: ResolutionGraph, via: string): InferredLink[] {
  const own = graph.get(via);
  const mixed = graph.mixedLevelOf(via);
  const persons: Met[] = [];
  const carriers: Met[] = [];
  for (const link of graph.linksAt(via)) {
    if (link.weaker !== via) continue;
    const standing = graph.standingOf(link);
    // An inference has the weaker level of its two links, so a link at a mixed level takes part in none.
    if (!standing || standing.level <= mixed) continue;
    const { type } = graph.get(link.stronger);
    const met = { id: link.stronger, standing };
    if (isPersonType(type)) {
      if (!own.vouched || standing.level > publicLevel) persons.push(met);
    } else if (isTransactionType(own.type) && isCarrierType(type)) carriers.push(met);
  }
  const inferred: InferredLink[] = [];
  for (const [index, one] of persons.entries()) {
    for (const other of persons.slice(index + 1)) {
      const [a, b] = one.id < other.id ? [one, other] : [other, one];
      addInference(graph, inferred, { via, a, b, person: true });
    }
    for (const carrier of carriers) addInference(graph, inferred, { via, a: carrier, b: one, person: false });
  }
  return inferred;
}

function addInference(
  graph: ResolutionGraph,
  inferred: InferredLink[],
  { via, a, b, person }: { via: string; a: Met; b: Met; person: boolean },
): void {
  const level = Math.min(a.standing.level, b.standing.level) as Level;
  if (level <= graph.sharedLevelOf(a.id) || level <= graph.sharedLevelOf(b.id)) return;
  const first = compareMoments(a.standing.first, b.standing.first) > 0 ? a.standing.first : b.standing.first;
  inferred.push({ via, a: a.id, b: b.id, person, level, first });
}
