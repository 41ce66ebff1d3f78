/**
 * Joins the person identifiers of one component into clusters: Kruskal's algorithm over candidates in a fixed order, with
 * joins that are refused. Which candidates exist and in which order they come depends on the component alone, so the
 * clusters do not depend on the order of arrival.
 */
import { compareIdentifierTypes, type IdentifierType, compareText } from '@throughline/contracts';
import {
  compareIdentifiers,
  compareMoments,
  type InferredLink,
  type Level,
  linkKey,
  type Moment,
  publicLevel,
} from './evidence.ts';
import { compareNewestFirst, type Decision } from './decision.ts';
import { compareFounding, type IdentifierState, limitOf, type ResolutionLimits } from './identifier-state.ts';

export interface DirectCandidate {
  kind: 'direct';
  a: string;
  b: string;
  level: Level;
  first: Moment;
  alias: boolean;
}

export type Candidate = DirectCandidate | ({ kind: 'inferred' } & InferredLink);

/** What puts two clusters together, or was refused. */
export type Join = Candidate | { kind: 'merge'; a: string; b: string; decision: string };

export type Refusal =
  /** `split` is the decision's id. */
  | { reason: 'split'; split: string }
  | { reason: 'two_known' }
  /** `type` is one of which the cluster would have too many. */
  | { reason: 'limit'; type: IdentifierType };

export type RefusedJoin = Refusal & { join: Join };

export interface PersonComponent {
  persons: readonly IdentifierState[];
  candidates: readonly Candidate[];
  decisions: readonly Decision[];
  limits: Pick<ResolutionLimits, 'perType'>;
}

export interface PersonClusters {
  /** Person identifier -> founding identifier of its cluster. */
  profileOf: Map<string, string>;
  /** Those that put the clusters together, in their order: a forest. */
  joined: Join[];
  refused: RefusedJoin[];
}

class Cluster {
  readonly members: IdentifierState[];
  /** By type: every namespace of `external` has a limit of its own. */
  readonly counts = new Map<IdentifierType, number>();
  hasKnown: boolean;
  /** Of splits by id, the sides that members are on: 1 the left, 2 the right, 3 both. */
  readonly sides = new Map<string, number>();

  constructor(person: IdentifierState) {
    this.members = [person];
    this.counts.set(person.type, 1);
    this.hasKnown = person.known;
  }

  absorb(other: Cluster): void {
    for (const member of other.members) this.members.push(member);
    for (const [split, sides] of other.sides) this.sides.set(split, (this.sides.get(split) ?? 0) | sides);
    for (const [type, count] of other.counts) this.counts.set(type, (this.counts.get(type) ?? 0) + count);
    this.hasKnown ||= other.hasKnown;
  }
}

export function resolvePersons(component: PersonComponent): PersonClusters {
  const clusters = new Map<string, Cluster>();
  for (const person of component.persons) clusters.set(person.id, new Cluster(person));
  const { joined, refused } = applyDecisions(component, clusters);

  const types = new Map(component.persons.map((person) => [person.id, person.type]));
  const inferred = new Set<string>();
  for (const candidate of sortCandidates(component.candidates, types)) {
    if (candidate.kind === 'inferred') {
      // Several attached identifiers may infer one pair; the best counts, and it comes first.
      const pair = linkKey(candidate.a, candidate.b);
      if (inferred.has(pair)) continue;
      inferred.add(pair);
    }
    const left = clusters.get(candidate.a);
    const right = clusters.get(candidate.b);
    if (!left || !right || left === right) continue;
    const refusal = refusalOf(candidate, left, right, component.limits);
    if (refusal === null) {
      joinClusters(clusters, left, right);
      joined.push(candidate);
    } else refused.push({ ...refusal, join: candidate });
  }
  return { profileOf: foundersOf(clusters), joined, refused };
}

/**
 * Decisions, newest first. What a newer merge has put together an older split no longer separates; a split separates every
 * other pair of its sides from its turn on, so a cluster remembers the sides that its members are on.
 */
function applyDecisions(
  component: PersonComponent,
  clusters: Map<string, Cluster>,
): Pick<PersonClusters, 'joined' | 'refused'> {
  const joined: Join[] = [];
  const refused: RefusedJoin[] = [];
  const persons = new Map(component.persons.map((person) => [person.id, person]));
  for (const decision of component.decisions.toSorted(compareNewestFirst)) {
    if (decision.kind === 'split') {
      for (const [index, side] of decision.sides.entries()) {
        for (const id of side) {
          const sides = clusters.get(id)?.sides;
          sides?.set(decision.id, (sides.get(decision.id) ?? 0) | (index + 1));
        }
      }
      continue;
    }
    const named = (decision.sides[0] ?? []).flatMap((id) => {
      const state = persons.get(id);
      return state && !state.blocked ? [state] : [];
    });
    named.sort(compareIdentifiers);
    for (const [index, second] of named.entries()) {
      const first = named[index - 1];
      const left = first && clusters.get(first.id);
      const right = clusters.get(second.id);
      if (!first || !left || !right || left === right) continue;
      const join: Join = { kind: 'merge', a: first.id, b: second.id, decision: decision.id };
      const split = splitBetween(left, right);
      if (split === null) {
        joinClusters(clusters, left, right);
        joined.push(join);
      } else refused.push({ reason: 'split', split, join });
    }
  }
  return { joined, refused };
}

function refusalOf(
  candidate: Candidate,
  left: Cluster,
  right: Cluster,
  limits: PersonComponent['limits'],
): Refusal | null {
  const split = splitBetween(left, right);
  if (split !== null) return { reason: 'split', split };
  if (candidate.level === publicLevel && left.hasKnown && right.hasKnown) return { reason: 'two_known' };
  if (candidate.kind === 'direct' && candidate.alias) return null;
  const type = exceededLimit(left, right, limits);
  return type === null ? null : { reason: 'limit', type };
}

/** The id of a split that keeps the two apart. */
function splitBetween(left: Cluster, right: Cluster): string | null {
  const [fewer, more] = left.sides.size <= right.sides.size ? [left, right] : [right, left];
  for (const [split, sides] of fewer.sides) {
    const others = more.sides.get(split) ?? 0;
    if ((sides & 1 && others & 2) || (sides & 2 && others & 1)) return split;
  }
  return null;
}

/** The type of which the two together would have too many. */
function exceededLimit(
  left: Cluster,
  right: Cluster,
  limits: PersonComponent['limits'],
): IdentifierType | null {
  const leftUsers = left.counts.get('user_id') ?? 0;
  const rightUsers = right.counts.get('user_id') ?? 0;
  if (leftUsers > 0 && rightUsers > 0) return 'user_id';
  // A cluster of several users was joined by decision or alias, and each of them brings the limits of one.
  const users = Math.max(1, leftUsers + rightUsers);
  for (const type of new Set([...left.counts.keys(), ...right.counts.keys()])) {
    if (type === 'user_id') continue;
    const joined = (left.counts.get(type) ?? 0) + (right.counts.get(type) ?? 0);
    if (joined > limitOf(type, limits) * users) return type;
  }
  return null;
}

function joinClusters(clusters: Map<string, Cluster>, left: Cluster, right: Cluster): void {
  const [larger, smaller] = left.members.length >= right.members.length ? [left, right] : [right, left];
  for (const member of smaller.members) clusters.set(member.id, larger);
  larger.absorb(smaller);
}

function foundersOf(clusters: Map<string, Cluster>): Map<string, string> {
  const profileOf = new Map<string, string>();
  for (const cluster of new Set(clusters.values())) {
    const founder = cluster.members.reduce((best, member) =>
      compareFounding(member, best) < 0 ? member : best,
    );
    for (const member of cluster.members) profileOf.set(member.id, founder.id);
  }
  return profileOf;
}

/** Server alias links first; then by level, direct before inferred; then types, first moment and ids. */
export function sortCandidates(
  candidates: readonly Candidate[],
  types: ReadonlyMap<string, IdentifierType>,
): Candidate[] {
  return candidates
    .map((candidate) => {
      const one = { id: candidate.a, type: types.get(candidate.a) ?? 'anonymous_id' } as const;
      const other = { id: candidate.b, type: types.get(candidate.b) ?? 'anonymous_id' } as const;
      const [strongerType, weakerType] =
        compareIdentifierTypes(one.type, other.type) <= 0 ? [one.type, other.type] : [other.type, one.type];
      const [smallerId, largerId] = one.id < other.id ? [one.id, other.id] : [other.id, one.id];
      return { candidate, rank: rankOf(candidate), strongerType, weakerType, smallerId, largerId };
    })
    .toSorted(
      (left, right) =>
        left.rank - right.rank ||
        compareIdentifierTypes(left.strongerType, right.strongerType) ||
        compareIdentifierTypes(left.weakerType, right.weakerType) ||
        compareMoments(left.candidate.first, right.candidate.first) ||
        compareText(left.smallerId, right.smallerId) ||
        compareText(left.largerId, right.largerId),
    )
    .map(({ candidate }) => candidate);
}

function rankOf(candidate: Candidate): number {
  if (candidate.kind === 'direct' && candidate.alias) return 0;
  return (3 - candidate.level) * 2 + (candidate.kind === 'inferred' ? 2 : 1);
}
