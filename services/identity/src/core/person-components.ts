/**
 * Finds the components of person identifiers that a change has reached, resolves each, and writes the profiles into the
 * graph. Past the bound of a component, candidates are left out stage by stage (see the definition, "The bound").
 */
import { compareIdentifierTypes, isPersonType } from '@throughline/contracts';
import type { Decision } from './decision.ts';
import { publicLevel } from './evidence.ts';
import type { Loading } from './loads.ts';
import { type Candidate, limitOf, type RefusedLink, resolvePersons, sortCandidates } from './person-layer.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

const lastStage = 4;

export interface PersonResolution {
  refused: RefusedLink[];
  /** Attached identifiers that splits of these components name: where they may hang may have changed. */
  namedBySplits: Set<string>;
  /** Persons whose component is past the bound. */
  bounded: number;
}

/** Resolves the components of these persons, as they are with and without what has just changed. */
export function* resolveComponents(
  graph: ResolutionGraph,
  persons: ReadonlySet<string>,
): Loading<PersonResolution> {
  const resolution: PersonResolution = { refused: [], namedBySplits: new Set(), bounded: 0 };
  let pending = new Set([...persons].filter((id) => graph.get(id).linked));
  for (let stage = 0; stage <= lastStage && pending.size > 0; stage += 1) {
    if (stage === lastStage) pending = yield* withRivals(graph, pending);
    pending = yield* resolveStage(graph, pending, stage, resolution);
    resolution.bounded += pending.size;
  }
  return resolution;
}

function* resolveStage(
  graph: ResolutionGraph,
  starts: ReadonlySet<string>,
  stage: number,
  resolution: PersonResolution,
): Loading<Set<string>> {
  const components = yield* findComponents(graph, starts, stage);
  const past = new Set<string>();
  for (const component of components) {
    if (component.size <= graph.limits.boundPersons || stage === lastStage) {
      resolveOne(graph, component, stage, resolution);
      continue;
    }
    // Those that were decided at a later stage before, and that nothing has touched, stay as they are.
    for (const id of component) if (starts.has(id) || graph.get(id).boundStage <= stage) past.add(id);
  }
  return past;
}

function resolveOne(
  graph: ResolutionGraph,
  component: ReadonlySet<string>,
  stage: number,
  resolution: PersonResolution,
): void {
  const decisions = new Map<string, Decision>();
  for (const decision of graph.decisions.values()) {
    if (decision.sides.some((side) => side.some((id) => component.has(id))))
      decisions.set(decision.id, decision);
  }
  const candidates = new Set<Candidate>();
  for (const id of component) {
    for (const candidate of candidatesAt(graph, id, stage)) if (id === candidate.a) candidates.add(candidate);
  }
  const clusters = resolvePersons({
    persons: [...component].map((id) => graph.get(id)),
    candidates: [...candidates],
    decisions: [...decisions.values()],
  });
  for (const [id, profile] of clusters.profileOf) {
    const state = graph.get(id);
    state.profile = profile;
    state.boundStage = stage;
  }
  resolution.refused.push(...clusters.refused);
  for (const decision of decisions.values()) {
    if (decision.kind !== 'split') continue;
    for (const id of decision.sides.flat()) {
      if (graph.identifiers.has(id) && !isPersonType(graph.get(id).type)) resolution.namedBySplits.add(id);
    }
  }
}

/** Components of the starts, complete while they are within the bound. */
function* findComponents(
  graph: ResolutionGraph,
  starts: ReadonlySet<string>,
  stage: number,
): Loading<Set<string>[]> {
  const componentOf = new Map<string, Set<string>>();
  const expanded = new Set<string>();
  let frontier = [...starts];
  for (const id of starts) componentOf.set(id, new Set([id]));
  while (frontier.length > 0) {
    yield* graph.loadPersons(frontier, stage);
    if (stage === lastStage) yield* loadRivals(graph, frontier, stage);
    for (const id of frontier) expanded.add(id);
    for (const id of frontier) {
      for (const neighbour of neighboursOf(graph, id, stage)) joinSets(componentOf, id, neighbour);
    }
    const next = new Set<string>();
    for (const component of new Set(componentOf.values())) {
      const within = stage === lastStage || component.size <= graph.limits.boundPersons;
      for (const id of component) {
        if (!expanded.has(id) && (within || graph.get(id).boundStage <= stage)) next.add(id);
      }
    }
    frontier = [...next];
  }
  return [...new Set(componentOf.values())];
}

function joinSets(componentOf: Map<string, Set<string>>, one: string, other: string): void {
  const left = componentOf.get(one) ?? new Set([one]);
  const right = componentOf.get(other) ?? new Set([other]);
  if (left === right) return;
  const [larger, smaller] = left.size >= right.size ? [left, right] : [right, left];
  for (const id of smaller) {
    larger.add(id);
    componentOf.set(id, larger);
  }
  for (const id of [one, other]) componentOf.set(id, larger);
}

function neighboursOf(graph: ResolutionGraph, id: string, stage: number): string[] {
  const neighbours = candidatesAt(graph, id, stage).map((candidate) =>
    candidate.a === id ? candidate.b : candidate.a,
  );
  for (const decision of graph.decisions.values()) {
    if (decision.kind !== 'merge' || !decision.sides[0]?.includes(id)) continue;
    for (const other of decision.sides[0]) {
      if (other !== id && graph.identifiers.has(other) && isPersonType(graph.get(other).type))
        neighbours.push(other);
    }
  }
  return neighbours;
}

/** Candidates at a person that the stage leaves in. `a` and `b` are in no particular order. */
function candidatesAt(graph: ResolutionGraph, id: string, stage: number): Candidate[] {
  const candidates = stageThree(graph, id, Math.min(stage, 3));
  if (stage < lastStage) return candidates;
  return candidates.filter((candidate) => isBestOfBoth(graph, candidate));
}

function stageThree(graph: ResolutionGraph, id: string, stage: number): Candidate[] {
  const candidates: Candidate[] = [];
  for (const link of graph.linksAt(id)) {
    if (!link.person) continue;
    const standing = graph.standingOf(link);
    if (!standing || (stage >= 2 && standing.level === publicLevel)) continue;
    candidates.push({
      kind: 'direct',
      a: link.weaker,
      b: link.stronger,
      ...standing,
      alias: link.alias && standing.level === 3,
    });
  }
  if (stage >= 3) return candidates;
  for (const link of graph.inferredAt(id)) {
    if (stage >= 1 && link.level === publicLevel) continue;
    candidates.push({ kind: 'inferred', ...link });
  }
  return candidates;
}

/** At the last stage a link stays when it is the best of its weaker end, and among the best that its stronger end got. */
function isBestOfBoth(graph: ResolutionGraph, candidate: Candidate): boolean {
  const [weaker, stronger] =
    compareIdentifierTypes(graph.get(candidate.a).type, graph.get(candidate.b).type) > 0
      ? [candidate.a, candidate.b]
      : [candidate.b, candidate.a];
  const weakerType = graph.get(weaker).type;
  if (compareIdentifierTypes(weakerType, graph.get(stronger).type) === 0) return false;
  if (bestUpward(graph, weaker) !== stronger) return false;
  const rivals = sorted(graph, stageThree(graph, stronger, 3)).flatMap((other) => {
    const rival = other.a === stronger ? other.b : other.a;
    return graph.get(rival).type === weakerType && bestUpward(graph, rival) === stronger ? [rival] : [];
  });
  return rivals.indexOf(weaker) < limitOf(weakerType);
}

function bestUpward(graph: ResolutionGraph, id: string): string | null {
  const own = graph.get(id).type;
  for (const candidate of sorted(graph, stageThree(graph, id, 3))) {
    const other = candidate.a === id ? candidate.b : candidate.a;
    if (compareIdentifierTypes(graph.get(other).type, own) < 0) return other;
  }
  return null;
}

function sorted(graph: ResolutionGraph, candidates: Candidate[]): Candidate[] {
  const types = new Map(candidates.flatMap(({ a, b }) => [a, b]).map((id) => [id, graph.get(id).type]));
  return sortCandidates(candidates, types);
}

/** The best link of an identifier depends on the best links of its neighbours, and theirs of who else keeps one to them. */
function* loadRivals(graph: ResolutionGraph, ids: readonly string[], stage: number): Loading<string[][]> {
  const rings: string[][] = [[...ids]];
  for (let distance = 0; distance < 2; distance += 1) {
    const ring = new Set(
      (rings.at(-1) ?? []).flatMap((id) => stageThree(graph, id, 3).flatMap(({ a, b }) => [a, b])),
    );
    yield* graph.loadPersons(ring, stage);
    rings.push([...ring]);
  }
  return rings;
}

/**
 * At the last stage a link that comes or goes takes the place of another one: of a rival at its stronger end, or at the end
 * that its weaker end has left. All of them are two links away at most, and are decided together.
 */
function* withRivals(graph: ResolutionGraph, ids: ReadonlySet<string>): Loading<Set<string>> {
  yield* graph.loadPersons(ids, lastStage);
  const rings = yield* loadRivals(graph, [...ids], lastStage);
  return new Set(rings.flat());
}
