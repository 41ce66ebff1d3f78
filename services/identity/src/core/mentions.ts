/** What a batch of touchpoints says about identifiers and pairs of them: the first step of a resolution. */
import type { IdentifierType, Trust } from '@throughline/contracts';
import {
  addEvidence,
  emptyLink,
  type Level,
  type Link,
  linkKey,
  type Moment,
  orderedPair,
  publicLevel,
  serverLevel,
  verifiedLevel,
} from './evidence.ts';
import {
  countsTowardsDegree,
  type DegreeCounts,
  type IdentifierState,
  newIdentifier,
} from './identifier-state.ts';
import type { Loading } from './loads.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export interface MentionedIdentifier {
  id: string;
  type: IdentifierType;
  blocked: boolean;
  /** Named in the touchpoint's proof. */
  verified: boolean;
}

export interface IncomingTouchpoint {
  /** Keyed UUID of (source, id). */
  key: string;
  source: string;
  id: string;
  trust: Trust;
  occurredAt: string;
  receivedAt: string;
  /** A server's alias call. */
  alias: boolean;
  identifiers: readonly MentionedIdentifier[];
}

export interface TouchedByEvidence {
  /** Person identifiers whose component must be resolved again. */
  persons: Set<string>;
  /** Attached identifiers whose parent and inferences must be decided again. */
  attached: Set<string>;
  /** Identifiers whose degrees changed. */
  degrees: Set<string>;
}

/** Loads what the touchpoints mention, creates what is new, and records mentions and evidence. */
export function* recordTouchpoints(
  graph: ResolutionGraph,
  touchpoints: readonly IncomingTouchpoint[],
): Loading<TouchedByEvidence> {
  const touched: TouchedByEvidence = { persons: new Set(), attached: new Set(), degrees: new Set() };
  const mentioned = new Set<string>();
  for (const touchpoint of touchpoints)
    for (const identifier of touchpoint.identifiers) mentioned.add(identifier.id);
  yield* graph.loadIdentifiers(mentioned);
  for (const touchpoint of touchpoints) recordMentions(graph, touchpoint, touched);

  const gathered = gatherEvidence(touchpoints);
  const known = [...gathered.values()].filter(
    ({ link }) => !graph.isNew(link.weaker) && !graph.isNew(link.stronger),
  );
  yield* graph.loadLinks(known.map(({ link }) => ({ weaker: link.weaker, stronger: link.stronger })));
  for (const { link } of gathered.values()) applyLink(graph, link, touched);
  return touched;
}

function recordMentions(
  graph: ResolutionGraph,
  touchpoint: IncomingTouchpoint,
  touched: TouchedByEvidence,
): void {
  for (const { id, type, blocked } of touchpoint.identifiers) {
    if (!graph.identifiers.has(id)) graph.create(newIdentifier(id, type, blocked, touchpoint.occurredAt));
    const state = graph.get(id);
    if (touchpoint.occurredAt < state.firstSeenAt) state.firstSeenAt = touchpoint.occurredAt;
    if (touchpoint.occurredAt > state.lastSeenAt) state.lastSeenAt = touchpoint.occurredAt;
    const field = touchpoint.trust === 'server' ? 'firstServerAt' : 'firstPublicAt';
    const at = touchpoint.trust === 'server' ? touchpoint.occurredAt : touchpoint.receivedAt;
    const current = state[field];
    if (current !== null && current <= at) continue;
    state[field] = at;
    // The founder of its cluster may be another now.
    if (state.linked) touched.persons.add(id);
  }
}

function gatherEvidence(touchpoints: readonly IncomingTouchpoint[]): Map<string, { link: Link }> {
  const gathered = new Map<string, { link: Link }>();
  for (const touchpoint of touchpoints) {
    const named = touchpoint.identifiers.filter((identifier) => !identifier.blocked);
    for (let i = 0; i < named.length; i += 1) {
      for (let j = i + 1; j < named.length; j += 1) {
        const one = named[i];
        const other = named[j];
        if (!one || !other) continue;
        const { weaker, stronger } = orderedPair(one, other);
        const key = linkKey(weaker.id, stronger.id);
        let entry = gathered.get(key);
        if (!entry) gathered.set(key, (entry = { link: emptyLink(weaker, stronger) }));
        addEvidence(entry.link, levelOf(touchpoint, one, other), momentOf(touchpoint, one, other));
        if (touchpoint.alias && one.type === 'user_id' && other.type === 'user_id') entry.link.alias = true;
      }
    }
  }
  return gathered;
}

function levelOf(
  touchpoint: IncomingTouchpoint,
  one: MentionedIdentifier,
  other: MentionedIdentifier,
): Level {
  if (touchpoint.trust === 'server') return serverLevel;
  return one.verified && other.verified ? verifiedLevel : publicLevel;
}

function momentOf(
  touchpoint: IncomingTouchpoint,
  one: MentionedIdentifier,
  other: MentionedIdentifier,
): Moment {
  const level = levelOf(touchpoint, one, other);
  return {
    at: level === publicLevel ? touchpoint.receivedAt : touchpoint.occurredAt,
    source: touchpoint.source,
    touchpointId: touchpoint.id,
  };
}

/** Lays gathered evidence over what is known of the link. */
function applyLink(graph: ResolutionGraph, gathered: Link, touched: TouchedByEvidence): void {
  const key = linkKey(gathered.weaker, gathered.stronger);
  const existing = graph.links.get(key);
  const link: Link = existing
    ? { ...existing, evidence: [...existing.evidence] }
    : { ...gathered, evidence: [null, null, null] };
  let changed = false;
  for (const [index, moment] of gathered.evidence.entries()) {
    if (moment && addEvidence(link, (index + 1) as Level, moment)) changed = true;
  }
  if (gathered.alias && !(existing?.alias ?? false)) changed = link.alias = true;
  if (!changed) return;
  if (existing) graph.links.set(key, link);
  else graph.addLink(link);
  graph.changedLinks.add(key);
  countNeighbours(graph, link, touched);
  if (!link.person) {
    touched.attached.add(link.weaker);
    return;
  }
  for (const id of [link.weaker, link.stronger]) {
    graph.get(id).linked = true;
    touched.persons.add(id);
  }
}

function countNeighbours(graph: ResolutionGraph, link: Link, touched: TouchedByEvidence): void {
  const strongest: Level | 0 = link.evidence[2] ? 3 : link.evidence[1] ? 2 : link.evidence[0] ? 1 : 0;
  if (strongest <= link.countedLevel) return;
  const weaker = graph.get(link.weaker);
  const stronger = graph.get(link.stronger);
  for (let level = link.countedLevel + 1; level <= strongest; level += 1) {
    raiseDegree(weaker, stronger, level);
    raiseDegree(stronger, weaker, level);
  }
  link.countedLevel = strongest;
  for (const state of [weaker, stronger]) {
    graph.degreesChanged(state.id);
    touched.degrees.add(state.id);
    if (strongest > publicLevel && !state.known) {
      state.known = true;
      if (state.linked) touched.persons.add(state.id);
    }
  }
}

function raiseDegree(state: IdentifierState, neighbour: IdentifierState, level: number): void {
  if (!countsTowardsDegree(state.type, neighbour.type)) return;
  const counts: DegreeCounts = state.degrees[neighbour.type] ?? [0, 0, 0];
  counts[level - 1] = (counts[level - 1] ?? 0) + 1;
  state.degrees[neighbour.type] = counts;
}
