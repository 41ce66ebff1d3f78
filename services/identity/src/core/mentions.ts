/** What a batch of touchpoints says about identifiers and pairs of them: the first step of a resolution. */
import { compareText, type IdentifierType, type Trust, typeFamily } from '@throughline/contracts';
import {
  addEvidence,
  bestLevel,
  emptyLink,
  type IdentifierKey,
  type Level,
  type Link,
  linkKey,
  type Moment,
  orderedPair,
  publicLevel,
  serverLevel,
  verifiedLevel,
} from './evidence.ts';
import { countsTowardsDegree, type IdentifierState, newIdentifier } from './identifier-state.ts';
import { pairKey, type WithdrawnPairs } from './evidence-withdrawal.ts';
import type { Loading } from './loads.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export interface MentionedIdentifier {
  id: string;
  type: IdentifierType;
  blocked: boolean;
  /** Named in the touchpoint's proof. */
  verified: boolean;
  /** A transaction's number that a person who has not seen it could name. */
  guessable: boolean;
  /** As it was sent, where that differs from its value. */
  original?: string;
}

/** As an erasure judges it. */
export interface JudgedIdentifier extends MentionedIdentifier {
  /** Blocked by the rules that it is judged by; `blocked` is by those in force. */
  blockedThen: boolean;
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
  /** Pairs of identifiers that it shows and that operators have withdrawn. */
  withdrawn?: WithdrawnPairs;
  /** What erasures have taken of it: it still counts. */
  taken?: readonly TakenEvidence[];
  /** Ids of the identifiers that erasures have struck out of it, as those named them. */
  struck?: readonly string[];
  /** Where an erasure has dropped it: those whose first and last times it counts for all the same. */
  mentioned?: readonly JudgedIdentifier[];
  /** The time of that erasure. */
  erasedAt?: string | null;
}

export interface TakenEvidence {
  identifiers: readonly MentionedIdentifier[];
  /** Whether they are blocked now or not: they were not when they were taken. */
  pairs: readonly (readonly [MentionedIdentifier, MentionedIdentifier])[];
}

/** A touchpoint that changed links. */
export interface ChangeReason {
  key: string;
  id: string;
}

export interface TouchedByEvidence {
  /** Person identifiers whose component must be resolved again. */
  persons: Set<string>;
  /** Attached identifiers whose parent and inferences must be decided again. */
  attached: Set<string>;
  /** Identifiers whose degrees changed. */
  degrees: Set<string>;
  /** For each identifier whose links changed, a touchpoint that changed them. */
  reasons: Map<string, ChangeReason>;
}

/** Loads what the touchpoints mention, creates what is new, and records mentions and evidence. */
export function* recordTouchpoints(
  graph: ResolutionGraph,
  touchpoints: readonly IncomingTouchpoint[],
): Loading<TouchedByEvidence> {
  const touched: TouchedByEvidence = {
    persons: new Set(),
    attached: new Set(),
    degrees: new Set(),
    reasons: new Map(),
  };
  yield* graph.loadIdentifiers(touchpoints.flatMap((one) => countedOf(one).map(({ id }) => id)));
  for (const touchpoint of touchpoints) recordMentions(graph, touchpoint, touched);

  yield* applyEvidence(graph, gatherEvidence(touchpoints), touched);
  return touched;
}

/** What an erasure has taken of these touchpoints counts from now on, also where it was withdrawn. */
export function* recordErased(
  graph: ResolutionGraph,
  touchpoints: readonly IncomingTouchpoint[],
  touched: TouchedByEvidence,
): Loading<void> {
  yield* graph.loadIdentifiers(touchpoints.flatMap((one) => countedOf(one).map(({ id }) => id)));
  const gathered = new Map<string, GatheredLink>();
  for (const touchpoint of touchpoints) gatherErased(gathered, touchpoint);
  yield* applyEvidence(graph, gathered, touched);
}

function* applyEvidence(
  graph: ResolutionGraph,
  gathered: ReadonlyMap<string, GatheredLink>,
  touched: TouchedByEvidence,
): Loading<void> {
  const known = [...gathered.values()].filter(
    ({ link }) => !graph.isNew(link.weaker) && !graph.isNew(link.stronger),
  );
  yield* graph.loadLinks(known.map(({ link }) => ({ weaker: link.weaker, stronger: link.stronger })));
  for (const one of gathered.values()) applyLink(graph, one, touched);
}

function countedOf({ identifiers, taken }: IncomingTouchpoint): readonly MentionedIdentifier[] {
  if (taken === undefined) return identifiers;
  return [...identifiers, ...taken.flatMap((one) => one.identifiers)];
}

function recordMentions(
  graph: ResolutionGraph,
  touchpoint: IncomingTouchpoint,
  touched: TouchedByEvidence,
): void {
  for (const { id, type, blocked, guessable } of countedOf(touchpoint)) {
    if (!graph.identifiers.has(id)) graph.create(newIdentifier(id, type, blocked));
    const state = graph.get(id);
    // Other rules may have come while nothing mentioned it.
    if (state.blocked !== blocked) state.blocked = blocked;
    if (!guessable || state.vouched || touchpoint.trust !== 'server') continue;
    // What public evidence has said of it so far no longer counts.
    state.vouched = true;
    touched.attached.add(id);
    touched.degrees.add(id);
  }
  for (const { id, original } of touchpoint.mentioned ?? touchpoint.identifiers) {
    const state = graph.get(id);
    // The founder of its cluster may be another now.
    if (recordMention(state, touchpoint, original) && state.linked) touched.persons.add(id);
  }
}

export type Mentions = Pick<
  IdentifierState,
  'id' | 'firstServerAt' | 'firstPublicAt' | 'firstSeenAt' | 'lastSeenAt' | 'original'
>;

/** Widens the bounds and firsts of an identifier by one touchpoint. True when a first changed. */
export function recordMention(
  mention: Mentions,
  touchpoint: Pick<IncomingTouchpoint, 'trust' | 'occurredAt' | 'receivedAt'>,
  original: string | null = null,
): boolean {
  const { trust, occurredAt, receivedAt } = touchpoint;
  if (isShownBefore(mention, occurredAt, original)) mention.original = original;
  if (mention.firstSeenAt === null || occurredAt < mention.firstSeenAt) mention.firstSeenAt = occurredAt;
  if (mention.lastSeenAt === null || occurredAt > mention.lastSeenAt) mention.lastSeenAt = occurredAt;
  const field = trust === 'server' ? 'firstServerAt' : 'firstPublicAt';
  const at = trust === 'server' ? occurredAt : receivedAt;
  const current = mention[field];
  if (current !== null && current <= at) return false;
  mention[field] = at;
  return true;
}

/** How it is shown is how the first touchpoint that mentions it wrote it; of several at once, the value or the smallest. */
function isShownBefore(mention: Mentions, occurredAt: string, original: string | null): boolean {
  if (mention.firstSeenAt === null || occurredAt < mention.firstSeenAt) return true;
  if (occurredAt > mention.firstSeenAt || mention.original === null) return false;
  return original === null || compareText(original, mention.original) < 0;
}

export interface Evidence {
  weaker: IdentifierKey;
  stronger: IdentifierKey;
  level: Level;
  moment: Moment;
  alias: boolean;
}

/** The evidence of one touchpoint: every pair of its identifiers that are not blocked, unless it is withdrawn. */
export function* evidenceOf(touchpoint: IncomingTouchpoint): Generator<Evidence> {
  const { withdrawn, identifiers } = touchpoint;
  if (withdrawn === 'all') return;
  for (const [index, one] of identifiers.entries()) {
    if (one.blocked) continue;
    for (let next = index + 1; next < identifiers.length; next += 1) {
      const other = identifiers[next];
      if (!other || other.blocked) continue;
      if (withdrawn?.has(pairKey(one.id, other.id)) !== true) yield evidenceFor(touchpoint, one, other);
    }
  }
}

/** Withdrawals do not reach what erasures have taken. */
export function* erasedEvidenceOf(touchpoint: IncomingTouchpoint): Generator<Evidence> {
  for (const { pairs } of touchpoint.taken ?? []) {
    for (const [one, other] of pairs) yield evidenceFor(touchpoint, one, other);
  }
}

function evidenceFor(
  touchpoint: IncomingTouchpoint,
  one: MentionedIdentifier,
  other: MentionedIdentifier,
): Evidence {
  const { weaker, stronger } = orderedPair(one, other);
  const level = levelOf(touchpoint, one, other);
  const at = level === publicLevel ? touchpoint.receivedAt : touchpoint.occurredAt;
  const alias = touchpoint.alias && one.type === 'user_id' && other.type === 'user_id';
  const moment = { at, source: touchpoint.source, touchpointId: touchpoint.id };
  return { weaker, stronger, level, moment, alias };
}

interface GatheredLink {
  link: Link;
  /** Keys of the touchpoints of its evidence, by level. */
  keys: [string, string, string];
}

function gatherEvidence(touchpoints: readonly IncomingTouchpoint[]): Map<string, GatheredLink> {
  const gathered = new Map<string, GatheredLink>();
  for (const touchpoint of touchpoints) {
    const { key } = touchpoint;
    for (const evidence of evidenceOf(touchpoint)) {
      const entry = gatheredLink(gathered, evidence);
      if (addEvidence(entry.link, evidence.level, evidence.moment)) entry.keys[evidence.level - 1] = key;
      entry.link.alias ||= evidence.alias;
    }
    gatherErased(gathered, touchpoint);
  }
  return gathered;
}

function gatherErased(gathered: Map<string, GatheredLink>, touchpoint: IncomingTouchpoint): void {
  for (const evidence of erasedEvidenceOf(touchpoint)) {
    const { link } = gatheredLink(gathered, evidence);
    if (evidence.level > link.erasedLevel) link.erasedLevel = evidence.level;
  }
}

function gatheredLink(
  gathered: Map<string, GatheredLink>,
  { weaker, stronger }: Pick<Evidence, 'weaker' | 'stronger'>,
): GatheredLink {
  const key = linkKey(weaker.id, stronger.id);
  let entry = gathered.get(key);
  if (!entry) gathered.set(key, (entry = { link: emptyLink(weaker, stronger), keys: ['', '', ''] }));
  return entry;
}

function levelOf(
  touchpoint: IncomingTouchpoint,
  one: MentionedIdentifier,
  other: MentionedIdentifier,
): Level {
  if (touchpoint.trust === 'server') return serverLevel;
  return one.verified && other.verified ? verifiedLevel : publicLevel;
}

/** Lays gathered evidence over what is known of the link. */
function applyLink(
  graph: ResolutionGraph,
  { link: gathered, keys }: GatheredLink,
  touched: TouchedByEvidence,
): void {
  const existing = graph.links.get(linkKey(gathered.weaker, gathered.stronger));
  const link = existing ?? gathered;
  if (existing === undefined) graph.addLink(gathered);
  else if (!addAll(existing, gathered)) return;
  graph.changedLinks.add(link);
  const level = gathered.evidence.findIndex((moment) => moment !== null);
  const reason = { key: keys[level] ?? '', id: gathered.evidence[level]?.touchpointId ?? '' };
  if (level >= 0) for (const id of [link.weaker, link.stronger]) touched.reasons.set(id, reason);
  const shown = bestLevel(gathered);
  countNeighbours(graph, link, shown > gathered.erasedLevel ? shown : gathered.erasedLevel, touched);
  if (!link.person) {
    touched.attached.add(link.weaker);
    return;
  }
  for (const id of [link.weaker, link.stronger]) {
    graph.get(id).linked = true;
    touched.persons.add(id);
  }
}

/** Says whether the link changed. */
function addAll(link: Link, gathered: Link): boolean {
  let changed = false;
  for (const [index, moment] of gathered.evidence.entries()) {
    if (moment && addEvidence(link, (index + 1) as Level, moment)) changed = true;
  }
  if (gathered.alias && !link.alias) changed = link.alias = true;
  if (gathered.erasedLevel > link.erasedLevel) {
    link.erasedLevel = gathered.erasedLevel;
    changed = true;
  }
  return changed;
}

function countNeighbours(
  graph: ResolutionGraph,
  link: Link,
  strongest: Level | 0,
  touched: TouchedByEvidence,
): void {
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
  const family = typeFamily(neighbour.type);
  const counts: [number, number, number] = [...(state.degrees[family] ?? [0, 0, 0])];
  counts[level - 1] = (counts[level - 1] ?? 0) + 1;
  state.degrees = { ...state.degrees, [family]: counts };
}
