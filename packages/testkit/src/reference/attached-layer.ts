/** "The attached layer" of the definition: what each device, cookie, order and receipt is attached to. */
import { type Candidate, compareDecisions } from './candidates.ts';
import { type Counts, type Links, nodeOf, otherEnd, type Standing, standingOf } from './evidence.ts';
import { compareByCodePoint } from './code-points.ts';
import { compareMoments, compareNodes, type Node } from './ordering.ts';
import { compareTypes, isPerson } from './identifier-order.ts';
import { present } from './present.ts';
import type { World, WorldDecision } from './world.ts';

export interface AttachedLayer {
  /** Null for what is attached to nothing. Person identifiers are absent. */
  parents: Map<string, Node | null>;
  roots: Map<string, Node>;
}

/** Either an operator's merge or evidence makes y a parent to choose. */
type ParentCandidate = { node: Node } & (
  { merge: WorldDecision; standing: null } | { merge: null; standing: Standing }
);

/** The graph that the layer is decided on. */
export interface AttachedEvidence {
  links: Links;
  /** Links that transactions infer between carriers and person identifiers. */
  inferred: readonly Candidate[];
  counts: Counts;
}

export function attachIdentifiers(
  world: World,
  nodes: readonly Node[],
  decisions: readonly WorldDecision[],
  evidence: AttachedEvidence,
  clusters: ReadonlyMap<string, readonly Node[]>,
): AttachedLayer {
  const parents = new Map<string, Node | null>();
  const roots = new Map<string, Node>(
    nodes.filter((node) => isPerson(node.type)).map((node) => [node.id, node]),
  );
  const splits = decisions.filter(({ kind }) => kind === 'split').map((split) => namesOfSides(world, split));
  // The candidate's node, its root and all that the root's cluster holds.
  const clusterOf = (node: Node): Node[] => {
    const root = present(roots.get(node.id));
    return [node, root, ...(clusters.get(root.id) ?? [])];
  };
  for (const x of nodes.filter((node) => !isPerson(node.type)).toSorted(compareNodes)) {
    const candidates = [...leadsOf(world, x, decisions), ...strongerOnesOf(x, evidence)]
      .filter((candidate) =>
        splits.every((split) => isAllowedBy(split, { x, candidate, around: clusterOf(candidate.node) })),
      )
      .toSorted(compareParents);
    const parent = candidates[0]?.node ?? null;
    parents.set(x.id, parent);
    roots.set(x.id, parent === null ? x : present(roots.get(parent.id)));
  }
  return { parents, roots };
}

function namesOf(world: World, side: WorldDecision['sides'][number] | undefined): Node[] {
  return (side ?? []).map((identifier) => nodeOf(world, identifier)).toSorted(compareNodes);
}

function leadsOf(world: World, x: Node, decisions: readonly WorldDecision[]): ParentCandidate[] {
  return decisions.flatMap((merge): ParentCandidate[] => {
    // What a policy has blocked since is passed over.
    const named =
      merge.kind === 'merge' ? namesOf(world, merge.sides[0]).filter(({ blocked }) => !blocked) : [];
    const lead = named[0];
    const names = named.some((node) => node.id === x.id);
    return names && lead !== undefined && lead.id !== x.id ? [{ node: lead, merge, standing: null }] : [];
  });
}

function strongerOnesOf(x: Node, { links, inferred, counts }: AttachedEvidence): ParentCandidate[] {
  const direct = (links.get(x.id) ?? []).flatMap((link): ParentCandidate[] => {
    const y = otherEnd(link, x);
    const standing = standingOf(link, counts);
    if (standing === null || compareTypes(y.type, x.type) >= 0) return [];
    if (counts.vouched(x) && standing.level === 1) return [];
    return counts.mixed(y, standing.level) ? [] : [{ node: y, merge: null, standing }];
  });
  const throughTransactions = inferred
    .filter(({ weak }) => weak.id === x.id)
    .map(({ strong, level, first }) => ({ node: strong, merge: null, standing: { level, first } }));
  return [...direct, ...throughTransactions];
}

interface NamedSplit {
  split: WorldDecision;
  /** Ids of the identifiers that each side names. */
  sides: Set<string>[];
}

function namesOfSides(world: World, split: WorldDecision): NamedSplit {
  return { split, sides: split.sides.map((side) => new Set(namesOf(world, side).map(({ id }) => id))) };
}

/** A side that names x lets it be attached only to a cluster that it names too, unless a newer merge says otherwise. */
function isAllowedBy(
  { split, sides }: NamedSplit,
  { x, candidate, around }: { x: Node; candidate: ParentCandidate; around: readonly Node[] },
): boolean {
  const isNewer = candidate.merge !== null && compareDecisions(candidate.merge, split) < 0;
  return sides.every((named) => !named.has(x.id) || isNewer || around.some(({ id }) => named.has(id)));
}

function compareParents(left: ParentCandidate, right: ParentCandidate): number {
  if (left.merge !== null && right.merge !== null) return compareDecisions(left.merge, right.merge);
  if (left.standing === null || right.standing === null) return left.standing === null ? -1 : 1;
  return (
    right.standing.level - left.standing.level ||
    compareTypes(left.node.type, right.node.type) ||
    compareMoments(left.standing.first, right.standing.first) ||
    compareByCodePoint(left.node.id, right.node.id)
  );
}
