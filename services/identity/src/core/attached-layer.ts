/**
 * Decides what attached identifiers belong to. Each has at most one parent of a stronger type, so it never joins
 * two people by itself; a family's tablet joins no two of them.
 */
import { compareIdentifierTypes, isPersonType, compareText } from '@throughline/contracts';
import { compareNewestFirst, type Decision, namesIdentifier } from './decision.ts';
import { compareIdentifiers, compareMoments, publicLevel, type Standing } from './evidence.ts';
import type { Loading } from './loads.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export type Parent =
  | { kind: 'merge'; id: string; decision: Decision }
  /** `via`: the transaction that infers the link; null of a direct one. */
  | { kind: 'link'; id: string; standing: Standing; via: string | null };

/**
 * Decides the parents of these, strongest first, and moves what is attached to those whose root changed. Returns those to
 * which so many are attached that a recheck must move the rest.
 */
export function* attachIdentifiers(graph: ResolutionGraph, attached: ReadonlySet<string>): Loading<string[]> {
  const crowded = new Set<string>();
  let pending = attached;
  while (pending.size > 0) {
    yield* graph.loadAttached(pending);
    yield* loadRootsAndSides(graph, pending);
    const moves = yield* moveChildren(graph, decideParents(graph, pending));
    for (const id of moves.crowded) crowded.add(id);
    // A split allows one root and not another: the identifiers that it names are decided again.
    pending = yield* namedBySplits(graph, moves.moved);
  }
  return [...crowded];
}

/** Returns those whose root changed. */
function decideParents(graph: ResolutionGraph, attached: ReadonlySet<string>): string[] {
  const moved: string[] = [];
  for (const state of [...attached].map((id) => graph.get(id)).toSorted(compareIdentifiers)) {
    state.parent = bestParent(graph, state.id);
    const root = state.parent === null ? state.id : graph.get(state.parent).root;
    if (root === state.root) continue;
    state.root = root;
    moved.push(state.id);
  }
  return moved;
}

function* namedBySplits(graph: ResolutionGraph, moved: readonly string[]): Loading<Set<string>> {
  if (moved.length === 0) return new Set();
  // What is new is linked by this batch alone, and those links are decided in order.
  const stored = moved.filter((id) => !graph.isNew(id));
  const named = new Set(stored.length === 0 ? [] : yield* graph.loadNamedBySplits(stored));
  for (const decision of graph.decisions.values()) {
    if (decision.kind !== 'split') continue;
    for (const id of decision.sides.flat()) {
      if (!graph.identifiers.has(id) || isPersonType(graph.get(id).type)) continue;
      if (graph.linksAt(id).some((link) => link.weaker === id && moved.includes(link.stronger)))
        named.add(id);
    }
  }
  return named;
}

export function* loadRootsAndSides(graph: ResolutionGraph, attached: ReadonlySet<string>): Loading<void> {
  const wanted = new Set<string>();
  for (const id of attached) {
    for (const link of graph.linksAt(id)) if (link.weaker === id) wanted.add(graph.get(link.stronger).root);
    for (const decision of graph.decisions.values()) {
      if (namesIdentifier(decision, id)) for (const named of decision.sides.flat()) wanted.add(named);
    }
  }
  yield* graph.loadIdentifiers(wanted);
  const roots = new Set([...wanted].flatMap((id) => (graph.identifiers.has(id) ? [graph.get(id).root] : [])));
  yield* graph.loadIdentifiers(roots);
}

function bestParent(graph: ResolutionGraph, id: string): string | null {
  return rankParents(graph, id).find((parent) => splitAgainst(graph, id, parent) === null)?.id ?? null;
}

/** What it could be attached to, best first. */
export function rankParents(graph: ResolutionGraph, id: string): Parent[] {
  if (graph.get(id).blocked) return [];
  const decisions = [...graph.decisions.values()].filter((decision) => namesIdentifier(decision, id));
  const parents = [
    ...mergeParents(graph, id, decisions),
    ...linkParents(graph, id),
    ...inferredParents(graph, id),
  ];
  return parents.toSorted((left, right) => compareParents(graph, left, right));
}

/** A split that does not let the identifier be attached there. */
export function splitAgainst(graph: ResolutionGraph, id: string, parent: Parent): Decision | null {
  for (const decision of graph.decisions.values()) {
    if (decision.kind !== 'split' || !namesIdentifier(decision, id)) continue;
    if (!allows(graph, decision, id, parent)) return decision;
  }
  return null;
}

function mergeParents(graph: ResolutionGraph, id: string, decisions: readonly Decision[]): Parent[] {
  return decisions.flatMap((decision): Parent[] => {
    if (decision.kind !== 'merge') return [];
    const named = (decision.sides[0] ?? []).flatMap((other) =>
      graph.identifiers.has(other) && !graph.get(other).blocked ? [graph.get(other)] : [],
    );
    const lead = named.toSorted(compareIdentifiers)[0];
    return lead && lead.id !== id ? [{ kind: 'merge', id: lead.id, decision }] : [];
  });
}

function linkParents(graph: ResolutionGraph, id: string): Parent[] {
  const own = graph.get(id);
  return graph.linksAt(id).flatMap((link): Parent[] => {
    if (link.weaker !== id) return [];
    const other = graph.get(link.stronger);
    if (compareIdentifierTypes(other.type, own.type) >= 0) return [];
    const standing = graph.standingOf(link);
    if (!standing || standing.level <= graph.mixedLevelOf(other.id)) return [];
    // What a server vouched for is claimed by a server, a proof or a number that cannot be guessed.
    if (own.vouched && standing.level === publicLevel) return [];
    return [{ kind: 'link', id: other.id, standing, via: null }];
  });
}

/** The persons that transactions infer for a carrier. */
function inferredParents(graph: ResolutionGraph, id: string): Parent[] {
  return graph.inferredAt(id).flatMap((link): Parent[] => {
    if (link.person || link.a !== id) return [];
    if (link.level <= Math.max(graph.sharedLevelOf(id), graph.sharedLevelOf(link.b))) return [];
    return [{ kind: 'link', id: link.b, standing: { level: link.level, first: link.first }, via: link.via }];
  });
}

function compareParents(graph: ResolutionGraph, left: Parent, right: Parent): number {
  if (left.kind === 'merge' || right.kind === 'merge') {
    if (left.kind !== right.kind) return left.kind === 'merge' ? -1 : 1;
    if (left.kind === 'merge' && right.kind === 'merge')
      return compareNewestFirst(left.decision, right.decision);
    return 0;
  }
  return (
    right.standing.level - left.standing.level ||
    compareIdentifierTypes(graph.get(left.id).type, graph.get(right.id).type) ||
    compareMoments(left.standing.first, right.standing.first) ||
    compareText(left.id, right.id)
  );
}

/** One named in a split is attached only to what its side names, unless a newer merge says otherwise. */
function allows(graph: ResolutionGraph, split: Decision, id: string, parent: Parent): boolean {
  if (parent.kind === 'merge' && compareNewestFirst(parent.decision, split) < 0) return true;
  const root = graph.get(parent.id).root;
  const rootState = graph.get(root);
  return split.sides
    .filter((side) => side.includes(id))
    .every((side) =>
      side.some((named) => {
        if (named === parent.id || named === root) return true;
        if (named === id || !graph.identifiers.has(named)) return false;
        const state = graph.get(named);
        return (
          isPersonType(state.type) && isPersonType(rootState.type) && state.profile === rootState.profile
        );
      }),
    );
}

interface Moves {
  moved: string[];
  /** Identifiers to which more are attached than one resolution moves. */
  crowded: string[];
}

/** Chains have at most five identifiers but for operators' merges, so this ends after a few rounds. */
function* moveChildren(graph: ResolutionGraph, parents: readonly string[]): Loading<Moves> {
  const moved = new Set(parents);
  const crowded: string[] = [];
  let available = graph.work.moved;
  let ring = new Set(parents);
  while (ring.size > 0) {
    const stored = [...ring].filter((id) => !graph.isNew(id));
    const children = new Set(stored.length === 0 ? [] : yield* graph.loadChildren(stored, available + 1));
    if (children.size > available) crowded.push(...stored);
    available = Math.max(0, available - children.size);
    // Those attached only by this resolution are not in the store yet.
    if (stored.length > 0) {
      for (const { state } of graph.identifiers.values()) {
        if (state.parent !== null && ring.has(state.parent)) children.add(state.id);
      }
    }
    ring = new Set();
    for (const id of children) {
      const state = graph.get(id);
      if (state.parent === null || !graph.identifiers.has(state.parent)) continue;
      const { root } = graph.get(state.parent);
      if (root === state.root) continue;
      state.root = root;
      ring.add(id);
      moved.add(id);
    }
  }
  return { moved: [...moved], crowded };
}
