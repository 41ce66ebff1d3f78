/**
 * What an attached identifier says about the people it has met: one that has met at most one of every person type joins
 * them (a visitor who left an e-mail address, then signed in); one that has met two of a type says nothing.
 */
import { compareIdentifierTypes, isPersonType } from '@throughline/contracts';
import { compareMoments, type InferredLink, type Level, type Standing } from './evidence.ts';
import type { Loading } from './loads.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

/** Decides the inferences of these attached identifiers anew; adds the persons at their ends to `persons`. */
export function* reviseInferences(
  graph: ResolutionGraph,
  attached: ReadonlySet<string>,
  persons: Set<string>,
): Loading<void> {
  yield* graph.loadAttached(attached);
  for (const via of attached) {
    const before = graph.inferredAt(via).filter((link) => link.via === via);
    const after = inferFrom(graph, via);
    for (const link of before) {
      if (after.some((other) => sameInference(link, other))) continue;
      graph.removeInferred(link);
      persons.add(link.a).add(link.b);
    }
    for (const link of after) {
      if (before.some((other) => sameInference(link, other))) continue;
      graph.addInferred(link);
      for (const id of [link.a, link.b]) {
        graph.get(id).linked = true;
        persons.add(id);
      }
    }
  }
}

function sameInference(left: InferredLink, right: InferredLink): boolean {
  return (
    left.a === right.a &&
    left.b === right.b &&
    left.level === right.level &&
    compareMoments(left.first, right.first) === 0
  );
}

function inferFrom(graph: ResolutionGraph, via: string): InferredLink[] {
  const met: { id: string; standing: Standing }[] = [];
  for (const link of graph.linksAt(via)) {
    if (link.weaker !== via || !isPersonType(graph.get(link.stronger).type)) continue;
    const standing = graph.standingOf(link);
    if (standing) met.push({ id: link.stronger, standing });
  }
  const mixed = graph.mixedLevelOf(via);
  const inferred: InferredLink[] = [];
  for (const [index, one] of met.entries()) {
    for (const other of met.slice(index + 1)) {
      const level = Math.min(one.standing.level, other.standing.level) as Level;
      if (level <= mixed) continue;
      if (level <= graph.sharedLevelOf(one.id) || level <= graph.sharedLevelOf(other.id)) continue;
      // Not mixed at this level, so the two are of different types.
      if (compareIdentifierTypes(graph.get(one.id).type, graph.get(other.id).type) === 0) continue;
      const first =
        compareMoments(one.standing.first, other.standing.first) > 0
          ? one.standing.first
          : other.standing.first;
      const [a, b] = one.id < other.id ? [one.id, other.id] : [other.id, one.id];
      inferred.push({ via, a, b, level, first });
    }
  }
  return inferred;
}
