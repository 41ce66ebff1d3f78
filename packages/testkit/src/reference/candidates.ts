/** The candidates of the person layer, in their order, and the bound on what is tried. */
import {
  type Counts,
  type Level,
  type Link,
  type Links,
  levelsStrongestFirst,
  otherEnd,
  type Standing,
  standingOf,
} from './evidence.ts';
import { compareByCodePoint } from './code-points.ts';
import { compareTypes, familyOf, isCarrier, isPerson, isTransaction } from './identifier-order.ts';
import { compareMoments, compareNodes, type Moment, type Node } from './ordering.ts';
import type { WorldDecision, WorldLimits } from './world.ts';

export interface Candidate {
  strong: Node;
  weak: Node;
  level: Level;
  first: Moment;
  inferred: boolean;
  alias: boolean;
}

export function allLinks(links: Links): Link[] {
  return [...new Set([...links.values()].flat())];
}

/** The candidates of the person layer, in order. */
export function candidatesOf(nodes: readonly Node[], links: Links, counts: Counts): Candidate[] {
  const direct: Candidate[] = [];
  for (const link of allLinks(links)) {
    const standing = standingOf(link, counts);
    if (standing === null || !isPerson(link.weak.type)) continue;
    direct.push({ strong: link.strong, weak: link.weak, ...standing, inferred: false, alias: link.alias });
  }
  const best = new Map<string, Candidate>();
  for (const candidate of inferredLinks(nodes, links, counts)) {
    if (isPerson(candidate.weak.type)) {
      const pair = `${candidate.strong.id} ${candidate.weak.id}`;
      const known = best.get(pair);
      if (known === undefined || compareCandidates(candidate, known) < 0) best.set(pair, candidate);
    }
  }
  return [...direct, ...best.values()].toSorted(compareCandidates);
}

/** Everything that is inferred, between person identifiers (and then a candidate) and between carriers and those. */
export function inferredLinks(nodes: readonly Node[], links: Links, counts: Counts): Candidate[] {
  return nodes
    .filter((node) => !isPerson(node.type))
    .flatMap((via) => {
      const met = (links.get(via.id) ?? []).flatMap((link) => {
        const node = otherEnd(link, via);
        const standing = standingOf(link, counts);
        return standing === null ? [] : [{ node, standing }];
      });
      const persons = met.filter(
        ({ node, standing }) => isPerson(node.type) && !(standing.level === 1 && counts.vouched(via)),
      );
      const carriers = isTransaction(via.type) ? met.filter(({ node }) => isCarrier(node.type)) : [];
      return persons.flatMap((one) =>
        [...persons, ...carriers].flatMap((other) => {
          if (compareNodes(one.node, other.node) >= 0) return [];
          const level = weakerLevel(one.standing, other.standing);
          if (counts.mixed(via, level)) return [];
          if (counts.shared(one.node, level) || counts.shared(other.node, level)) return [];
          const first = laterOf(one.standing, other.standing);
          return [{ strong: one.node, weak: other.node, level, first, inferred: true, alias: false }];
        }),
      );
    });
}

function weakerLevel(one: Standing, other: Standing): Level {
  return one.level < other.level ? one.level : other.level;
}

function laterOf(one: Standing, other: Standing): Moment {
  return compareMoments(one.first, other.first) >= 0 ? one.first : other.first;
}

/** Server alias links, then per level direct and inferred ones. */
function rankOf(candidate: Candidate): number {
  if (candidate.alias) return 0;
  return 1 + levelsStrongestFirst.indexOf(candidate.level) * 2 + (candidate.inferred ? 1 : 0);
}

export function compareCandidates(left: Candidate, right: Candidate): number {
  const [leftSmaller, leftLarger] = endsById(left);
  const [rightSmaller, rightLarger] = endsById(right);
  return (
    rankOf(left) - rankOf(right) ||
    compareTypes(left.strong.type, right.strong.type) ||
    compareTypes(left.weak.type, right.weak.type) ||
    compareMoments(left.first, right.first) ||
    compareByCodePoint(leftSmaller, rightSmaller) ||
    compareByCodePoint(leftLarger, rightLarger)
  );
}

export function endsById({ strong, weak }: { strong: Node; weak: Node }): [smaller: string, larger: string] {
  return strong.id < weak.id ? [strong.id, weak.id] : [weak.id, strong.id];
}

/** Newest first. */
export function compareDecisions(left: WorldDecision, right: WorldDecision): number {
  return compareByCodePoint(right.madeAt, left.madeAt) || compareByCodePoint(right.id, left.id);
}

/** How many of a type one cluster may hold, per `user_id` in it. */
export function limitOf(node: Node, { perType }: WorldLimits): number {
  if (node.type === 'user_id') return 1;
  return perType[node.type] ?? perType[familyOf(node.type)] ?? 1;
}

type Pair = readonly [Node, Node];

/**
 * Of the candidates, those that the bound leaves in. Each component past the bound leaves out one kind more than the one it
 * fell out of, and is taken apart again.
 */
export function withinBound(
  persons: readonly Node[],
  merges: readonly Pair[],
  candidates: readonly Candidate[],
  limits: WorldLimits,
  stage = 0,
): Candidate[] {
  const pairs: Pair[] = [...merges, ...candidates.map(({ strong, weak }) => [strong, weak] as const)];
  return componentsOf(persons, pairs).flatMap((component) => {
    const inside = new Set(component.map((node) => node.id));
    const own = candidates.filter((candidate) => inside.has(candidate.strong.id));
    const leaveOut = stages[stage];
    const links = new Set(own.map(({ strong, weak, inferred }) => `${inferred} ${strong.id} ${weak.id}`))
      .size;
    const isWithin = component.length <= limits.boundPersons && links <= limits.boundLinks;
    if (isWithin || leaveOut === undefined) return own;
    const ownMerges = merges.filter(([node]) => inside.has(node.id));
    return withinBound(component, ownMerges, leaveOut(own, limits), limits, stage + 1);
  });
}

const stages: ((candidates: Candidate[], limits: WorldLimits) => Candidate[])[] = [
  (candidates) => candidates.filter((candidate) => !(candidate.level === 1 && candidate.inferred)),
  (candidates) => candidates.filter((candidate) => candidate.level !== 1),
  (candidates) => candidates.filter((candidate) => !candidate.inferred),
  bestToStronger,
];

/** Every identifier's best link to a stronger type, if it is among the best `limit` that lead there from its type. */
function bestToStronger(candidates: Candidate[], limits: WorldLimits): Candidate[] {
  const upwards = candidates
    .filter(({ strong, weak }) => familyOf(strong.type) !== familyOf(weak.type))
    .toSorted(compareCandidates);
  return upwards.filter((candidate) => {
    const own = upwards.filter(({ weak }) => weak.id === candidate.weak.id);
    const rivals = upwards.filter(
      ({ strong, weak }) => strong.id === candidate.strong.id && weak.type === candidate.weak.type,
    );
    return own[0] === candidate && rivals.indexOf(candidate) < limitOf(candidate.weak, limits);
  });
}

function componentsOf(nodes: readonly Node[], pairs: readonly Pair[]): Node[][] {
  const neighbours = new Map<string, Node[]>(nodes.map((node) => [node.id, []]));
  for (const [one, other] of pairs) {
    neighbours.get(one.id)?.push(other);
    neighbours.get(other.id)?.push(one);
  }
  const seen = new Set<string>();
  return nodes.flatMap((start) => {
    if (seen.has(start.id)) return [];
    seen.add(start.id);
    const component = [start];
    for (const node of component) {
      for (const next of neighbours.get(node.id) ?? []) {
        if (!seen.has(next.id)) {
          seen.add(next.id);
          component.push(next);
        }
      }
    }
    return [component];
  });
}
