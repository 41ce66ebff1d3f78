/**
 * Resolves a batch: what touchpoints, decisions and re-checks change in the graph, which identifier each touchpoint belongs
 * to, and which memberships are published. A pure coroutine: it asks for loads and ends with the changes to write. Whatever
 * it was given in whatever order, the state it leaves is the function of the set that infra/docs/identity-resolution.md
 * defines, once the re-checks it asks for are done too.
 */
import { isPersonType, type Membership, type MembershipCause } from '@throughline/contracts';
import { attachIdentifiers } from './attached-layer.ts';
import { countTouchpoint, primaryIdentifier, type StoredTouchpoint } from './belonging.ts';
import type { Decision } from './decision.ts';
import { applyRemains, type Remains } from './erasure.ts';
import type { InferredLink, Link } from './evidence.ts';
import {
  ambiguityOf,
  degreeAbove,
  type IdentifierState,
  mixedLevel,
  newIdentifier,
  type ResolutionLimits,
  sharedLevel,
} from './identifier-state.ts';
import { reviseInferences } from './inferences.ts';
import type { Loading } from './loads.ts';
import { createFindReason, groupByReason } from './change-reasons.ts';
import { type IncomingTouchpoint, recordTouchpoints, type TouchedByEvidence } from './mentions.ts';
import { type MembershipChange, membershipChanges } from './membership-changes.ts';
import { resolveComponents } from './person-components.ts';
import type { RefusedJoin } from './person-layer.ts';
import { membershipOf, nextVersion, publishMemberships } from './publication.ts';
import { ResolutionGraph } from './resolution-graph.ts';
import { defaultWorkLimits } from './work-limits.ts';

export interface ResolutionInput {
  /** Microseconds since 1970, for versions. */
  clock: number;
  touchpoints: readonly IncomingTouchpoint[];
  /** Stored touchpoints whose primary identifier may have become shared. */
  stored: readonly StoredTouchpoint[];
  /** Identifiers to decide again: those a decision names, or that are linked to one whose standing changed. */
  revisit: readonly string[];
  /** A new decision, not in the store yet; or the id of one that is withdrawn. */
  decision?: Decision;
  withdrawn?: string;
  /** An erasure that is being carried out: what it leaves. */
  remains?: Remains;
}

export interface Assignment {
  key: string;
  primary: string;
  assignmentVersion: number;
  /** Where it was before; null for a new touchpoint. */
  previous: string | null;
  memberships: Membership[];
}

/** Work that is too large for this batch: done in pages afterwards, each page its own resolution. */
export interface Recheck {
  identifier: string;
  /**
   * `links`: revisit the attached identifiers linked to it. `persons`: those person identifiers. `children`: those attached to
   * it. `touchpoints`: decide again which identifier those under it belong to.
   */
  kind: 'links' | 'persons' | 'children' | 'touchpoints';
}

export interface Resolution {
  /** New or changed, with the state to write. */
  /** `original` is what is stored; null for a new one. */
  identifiers: { state: IdentifierState; original: IdentifierState | null }[];
  links: Link[];
  addedInferred: InferredLink[];
  removedInferred: InferredLink[];
  assignments: Assignment[];
  /** To be published, grouped by the cause of the change: a touchpoint's id, or null for what the input says. */
  memberships: { reason: string | null; memberships: Membership[] }[];
  /** What holds each identifier now, where it is another than before: for the history. */
  changes: MembershipChange[];
  rechecks: Recheck[];
  refused: RefusedJoin[];
  cause: MembershipCause;
  /** Persons in components past the bound. */
  bounded: number;
  /** Transactions whose number turned out to be two customers'. */
  ambiguous: number;
}

export function* resolve(
  input: ResolutionInput,
  limits: ResolutionLimits,
  work = defaultWorkLimits,
): Loading<Resolution> {
  const graph = new ResolutionGraph(limits, work);
  const touched = yield* recordTouchpoints(graph, input.touchpoints);
  if (input.remains) yield* applyRemains(graph, input.remains, touched);
  yield* loadRevisited(graph, input, touched);

  const standings = yield* standingChanges(graph, touched);
  const revised = yield* reviseInferences(graph, touched.attached);
  const persons = yield* resolveComponents(graph, new Set([...touched.persons, ...revised.persons]));
  const crowded = yield* attachIdentifiers(
    graph,
    new Set([...touched.attached, ...revised.carriers, ...persons.namedBySplits]),
  );

  for (const touchpoint of input.stored)
    yield* graph.loadIdentifiers([touchpoint.primary, ...touchpoint.identifiers.map(({ id }) => id)]);
  const assigned = [
    ...assignNew(graph, input.touchpoints),
    ...assignStored(graph, input.stored, input.clock),
  ];
  yield* loadRoots(graph, assigned);
  const memberships = publishMemberships(graph, input.clock);
  const assignments = assigned.map((assignment) => ({
    ...assignment,
    memberships: assignmentMemberships(graph, assignment.primary),
  }));
  const findReason = createFindReason(graph, touched.reasons);
  return {
    identifiers: changedIdentifiers(graph),
    links: [...graph.changedLinks],
    addedInferred: [...graph.addedInferred.values()],
    removedInferred: [...graph.removedInferred.values()],
    assignments,
    memberships: groupByReason(memberships, findReason),
    changes: membershipChanges(graph, findReason),
    rechecks: [...standings, ...crowded.map((identifier) => ({ identifier, kind: 'children' as const }))],
    refused: persons.refused,
    cause: causeOf(input, standings),
    bounded: persons.bounded,
    ambiguous: countNewlyAmbiguous(graph),
  };
}

function* loadRevisited(
  graph: ResolutionGraph,
  input: ResolutionInput,
  touched: TouchedByEvidence,
): Loading<void> {
  const named = input.decision?.sides.flat() ?? [];
  yield* graph.loadIdentifiers([...input.revisit, ...named]);
  if (input.decision) graph.decisions.set(input.decision.id, input.decision);
  if (input.withdrawn !== undefined) graph.withdraw(input.withdrawn);
  for (const id of [...input.revisit, ...named]) {
    if (!graph.identifiers.has(id)) continue;
    const state = graph.get(id);
    if (!isPersonType(state.type)) {
      touched.attached.add(id);
      continue;
    }
    if (input.decision?.kind === 'merge') state.linked = true;
    touched.persons.add(id);
  }
}

/** Identifiers that became shared or mixed by this batch, and those that this concerns. */
function* standingChanges(graph: ResolutionGraph, touched: TouchedByEvidence): Loading<Recheck[]> {
  const rechecks: Recheck[] = [];
  const released: string[] = [];
  let releasedLinks = 0;
  for (const id of [...touched.degrees].toSorted()) {
    const working = graph.identifiers.get(id);
    if (!working) continue;
    const { state, original } = working;
    const sharedBefore = original === null ? 0 : sharedLevel(original, graph.limits);
    const mixedBefore = original === null ? 0 : mixedLevel(original);
    const becameShared = graph.sharedLevelOf(id) !== sharedBefore;
    const becameMixed = graph.mixedLevelOf(id) !== mixedBefore;
    if (!becameShared && !becameMixed) continue;
    if (!isPersonType(state.type)) touched.attached.add(id);
    else if (state.linked) {
      touched.persons.add(id);
      releasedLinks += degreeAbove(state, sharedBefore);
      if (releasedLinks > graph.work.released) rechecks.push({ identifier: id, kind: 'persons' });
      else released.push(id);
    }
    rechecks.push({ identifier: id, kind: 'links' });
    if (becameShared) rechecks.push({ identifier: id, kind: 'touchpoints' });
  }
  // The component that it leaves: all that it was linked to.
  yield* graph.loadPersons(released, 0);
  for (const id of released) {
    for (const link of graph.linksAt(id))
      if (link.person) touched.persons.add(link.weaker).add(link.stronger);
  }
  return rechecks;
}

function countNewlyAmbiguous(graph: ResolutionGraph): number {
  let count = 0;
  for (const { state, original } of graph.identifiers.values()) {
    if (ambiguityOf(state) !== null && (original === null || ambiguityOf(original) === null)) count += 1;
  }
  return count;
}

type Assigned = Omit<Assignment, 'memberships'>;

function assignNew(graph: ResolutionGraph, touchpoints: readonly IncomingTouchpoint[]): Assigned[] {
  return touchpoints.flatMap((touchpoint) => {
    // Dropped by an erasure: counted, and in no profile.
    if (touchpoint.identifiers.length === 0) return [];
    const primary = primaryIdentifier(graph, touchpoint.trust, touchpoint.identifiers);
    countTouchpoint(graph, primary, touchpoint.occurredAt);
    return [{ key: touchpoint.key, primary, assignmentVersion: 0, previous: null }];
  });
}

function assignStored(
  graph: ResolutionGraph,
  stored: readonly StoredTouchpoint[],
  clock: number,
): Assigned[] {
  return stored.flatMap((touchpoint) => {
    const primary = primaryIdentifier(graph, touchpoint.trust, touchpoint.identifiers);
    if (primary === touchpoint.primary) return [];
    countTouchpoint(graph, primary, touchpoint.occurredAt);
    // The bounds of the one it leaves are not known here: they are read from what is left when it is written.
    graph.get(touchpoint.primary).touchpointCount -= 1;
    const assignmentVersion = nextVersion(touchpoint.assignmentVersion, clock);
    return [{ key: touchpoint.key, primary, assignmentVersion, previous: touchpoint.primary }];
  });
}

function* loadRoots(graph: ResolutionGraph, assigned: readonly Assigned[]): Loading<void> {
  yield* graph.loadIdentifiers(assigned.map(({ primary }) => graph.get(primary).root));
}

function assignmentMemberships(graph: ResolutionGraph, primary: string): Membership[] {
  const { root } = graph.get(primary);
  const ids = root === primary ? [primary] : [primary, root];
  for (const id of ids) graph.get(id).published = true;
  return ids.map((id) => membershipOf(graph, id));
}

function causeOf(input: ResolutionInput, rechecks: readonly Recheck[]): MembershipCause {
  if (input.remains) return 'erasure';
  if (input.withdrawn !== undefined) return 'withdrawal';
  if (input.decision) return input.decision.kind;
  return rechecks.length > 0 || input.revisit.length > 0 || input.stored.length > 0
    ? 'shared_identifier'
    : 'merge';
}

function changedIdentifiers(graph: ResolutionGraph): Resolution['identifiers'] {
  const changed: Resolution['identifiers'] = [];
  for (const { state, original } of graph.identifiers.values()) {
    if (original === null || !sameState(state, original)) changed.push({ state, original });
  }
  return changed.toSorted((left, right) => (left.state.id < right.state.id ? -1 : 1));
}

function sameState(left: IdentifierState, right: IdentifierState): boolean {
  for (const field of stateFields) if (left[field] !== right[field]) return false;
  return true;
}

const stateFields = Object.keys(newIdentifier('', 'user_id', false)) as (keyof IdentifierState)[];
