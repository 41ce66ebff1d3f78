/** "The person layer" of the definition: person identifiers joined in a fixed order unless a rule refuses. */
import {
  type Candidate,
  compareCandidates,
  compareDecisions,
  endsById,
  limitOf,
  withinBound,
} from './candidates.ts';
import { type Counts, type Level, nodeOf } from './evidence.ts';
import { isPerson } from './identifier-order.ts';
import { compareNodes, type Node } from './ordering.ts';
import { present } from './present.ts';
import type { World, WorldDecision, WorldLimits } from './world.ts';

export interface RefusedLink {
  /** Ids, the smaller first. */
  a: string;
  b: string;
  kind: 'merge' | 'direct' | 'inferred';
  /** Null for a merge. */
  level: Level | null;
  /** `shared`: has no usable level. `bound`: left out by the bound. The others refused the join at its turn. */
  reason: 'split' | 'two_known' | 'limit' | 'shared' | 'bound';
}

export interface PersonLayer {
  /** Of every person identifier, by id. Members of one cluster find the same array. */
  clusters: Map<string, Node[]>;
  refused: RefusedLink[];
}

export function joinPersons(
  world: World,
  persons: readonly Node[],
  decisions: readonly WorldDecision[],
  candidates: readonly Candidate[],
  counts: Counts,
): PersonLayer {
  const clusters = new Map<string, Node[]>(persons.map((node) => [node.id, [node]]));
  const apart: [string, string][] = [];
  const refused: RefusedLink[] = [];
  const merges: [Node, Node][] = [];

  const clusterOf = (node: Node): Node[] => present(clusters.get(node.id));
  const join = (one: Node, other: Node): void => {
    const joined = [...clusterOf(one), ...clusterOf(other)];
    for (const node of joined) clusters.set(node.id, joined);
  };

  for (const decision of decisions.toSorted(compareDecisions)) {
    const sides = decision.sides.map((side) => personsOf(world, side));
    if (decision.kind === 'split') {
      const [left = [], right = []] = sides;
      for (const a of left) {
        for (const b of right) if (clusterOf(a) !== clusterOf(b)) apart.push([a.id, b.id]);
      }
      continue;
    }
    // What a policy has blocked since is passed over.
    const sorted = sides.flat().filter(({ blocked }) => !blocked);
    for (const [index, one] of sorted.slice(0, -1).entries()) {
      const other = present(sorted[index + 1]);
      merges.push([one, other]);
      if (clusterOf(one) === clusterOf(other)) continue;
      if (areSplit(apart, clusterOf(one), clusterOf(other))) {
        const [a, b] = endsById({ strong: one, weak: other });
        refused.push({ a, b, kind: 'merge', level: null, reason: 'split' });
      } else join(one, other);
    }
  }

  const kept = new Set(withinBound(persons, merges, candidates, world.limits));
  for (const candidate of candidates.toSorted(compareCandidates)) {
    const one = clusterOf(candidate.strong);
    const other = clusterOf(candidate.weak);
    if (!kept.has(candidate)) refused.push(refusal(candidate, 'bound'));
    else if (one !== other) {
      const reason = reasonToRefuse(candidate, one, other, apart, { counts, limits: world.limits });
      if (reason === null) join(candidate.strong, candidate.weak);
      else refused.push(refusal(candidate, reason));
    }
  }
  return { clusters, refused };
}

function personsOf(world: World, side: WorldDecision['sides'][number]): Node[] {
  return side
    .map((identifier) => nodeOf(world, identifier))
    .filter((node) => isPerson(node.type))
    .toSorted(compareNodes);
}

function areSplit(apart: readonly [string, string][], one: readonly Node[], other: readonly Node[]): boolean {
  const inOne = new Set(one.map((node) => node.id));
  const inOther = new Set(other.map((node) => node.id));
  return apart.some(([a, b]) => (inOne.has(a) && inOther.has(b)) || (inOne.has(b) && inOther.has(a)));
}

function reasonToRefuse(
  candidate: Candidate,
  one: readonly Node[],
  other: readonly Node[],
  apart: readonly [string, string][],
  { counts, limits }: { counts: Counts; limits: WorldLimits },
): 'split' | 'two_known' | 'limit' | null {
  if (areSplit(apart, one, other)) return 'split';
  if (candidate.level === 1 && one.some(counts.known) && other.some(counts.known)) return 'two_known';
  return !candidate.alias && isOverLimit(one, other, limits) ? 'limit' : null;
}

function isUser(node: Node): boolean {
  return node.type === 'user_id';
}

function isOverLimit(one: readonly Node[], other: readonly Node[], limits: WorldLimits): boolean {
  if (one.some(isUser) && other.some(isUser)) return true;
  const joined = [...one, ...other];
  const users = Math.max(1, joined.filter(isUser).length);
  return joined.some(
    (node) =>
      !isUser(node) && joined.filter(({ type }) => type === node.type).length > users * limitOf(node, limits),
  );
}

function refusal(candidate: Candidate, reason: RefusedLink['reason']): RefusedLink {
  const [a, b] = endsById(candidate);
  return { a, b, kind: candidate.inferred ? 'inferred' : 'direct', level: candidate.level, reason };
}
