/**
 * Drafts say what happens, without times and ids, so that generators stay short and whatever fast-check shrinks away leaves a
 * valid history: drafts that make no sense where they stand are passed over.
 */
import type { Identifier, TouchpointType } from '@throughline/contracts';
import { sharedAround } from '../reference/erasure.ts';
import { type ReferenceProfiles, referenceProfiles } from '../reference/profiles.ts';
import type { WorldLimits, WorldTouchpoint } from '../reference/world.ts';
import { type History, identifierIdForTests, type Operation, worldAfter } from './history.ts';

export interface DraftTouchpoint {
  kind: 'touchpoint';
  type: TouchpointType;
  name: string | null;
  server: boolean;
  /** Repeated ones count once. */
  identifiers: Identifier[];
  verified: Identifier[];
  traits: Record<string, unknown>;
  /** Steps between what happened and its receipt; negative for a clock that runs ahead. */
  delay: number;
  /** Steps by which it is received later than its place says: receipts do not come in the order of processing. */
  jitter: number;
}

export type Draft =
  | DraftTouchpoint
  | { kind: 'merge'; identifiers: Identifier[] }
  | { kind: 'split'; left: Identifier[]; right: Identifier[] }
  /** @property decision the how-manieth of those in force */
  | { kind: 'withdraw'; decision: number }
  /** @property whole takes the identifier's whole profile; otherwise the identifiers alone */
  | { kind: 'erase'; identifiers: Identifier[]; whole: boolean };

const stepMs = 6 * 3_600_000;
const startMs = Date.parse('2026-03-01T00:00:00.000Z');
const sources = ['website', 'server', 'till'];
/** Text beyond U+FFFF sorts differently by UTF-16 units and by code points. */
const idPrefixes = ['t', 't', 't', 't\u{1f6cd}', 't\uff5e'];

function timeAt(step: number): string {
  return new Date(startMs + step * stepMs).toISOString();
}

export function historyOf(drafts: readonly Draft[], limits: WorldLimits): History {
  const operations: Operation[] = [];
  for (const [place, draft] of drafts.entries()) {
    // Two operations a step: equal times are common.
    const step = Math.floor(place / 2);
    const operation =
      draft.kind === 'touchpoint'
        ? { kind: 'touchpoint' as const, touchpoint: touchpointOf(draft, place, step) }
        : ruling(draft, operations, limits, place, timeAt(step));
    if (operation !== null) operations.push(operation);
  }
  return { operations, limits };
}

function touchpointOf(draft: DraftTouchpoint, place: number, step: number): WorldTouchpoint {
  const received = step + draft.jitter;
  const identifiers = distinct(draft.identifiers);
  const ids = new Set(identifiers.map(idOf));
  const verified = distinct(draft.verified).filter((identifier) => ids.has(idOf(identifier)));
  // Neighbours in the list share an id under two sources.
  const idNumber = Math.floor(place / 2);
  return {
    source: sources[(idNumber + (place % 2)) % sources.length] ?? 'website',
    id: `${idPrefixes[idNumber % idPrefixes.length]}${idNumber}`,
    type: draft.type,
    name: draft.name,
    trust: draft.server ? 'server' : 'public',
    occurredAt: timeAt(received - draft.delay),
    receivedAt: timeAt(received),
    identifiers,
    ...(verified.length > 0 ? { verified } : {}),
    ...(Object.keys(draft.traits).length > 0 ? { traits: draft.traits } : {}),
    ...statedAt(place, draft.type),
  };
}

/** Consents and answers follow from the place: a touchpoint more or less leaves those of the others as they were. */
function statedAt(place: number, type: TouchpointType): Pick<WorldTouchpoint, 'context' | 'properties'> {
  const consents = { [place % 2 === 0 ? 'marketing' : 'analytics']: place % 5 < 3 };
  const consent = place % 7 < 3 ? { categoryPreferences: consents } : consents;
  return {
    ...(place % 3 === 0 ? { context: { consent } } : {}),
    ...(type === 'feedback'
      ? {
          properties: {
            survey: place % 4 === 0 ? 'visit' : 'nps',
            score: place % 11,
            answers: { why: place },
          },
        }
      : {}),
  };
}

function ruling(
  draft: Exclude<Draft, DraftTouchpoint>,
  before: readonly Operation[],
  limits: WorldLimits,
  place: number,
  now: string,
): Operation | null {
  const world = worldAfter(before, limits);
  if (draft.kind === 'withdraw') {
    const decision = world.decisions[draft.decision % Math.max(1, world.decisions.length)];
    return decision === undefined ? null : { kind: 'withdraw', decisionId: decision.id };
  }
  const { identifiers: present, profiles } = referenceProfiles(world);
  const nameable = (identifiers: readonly Identifier[]): Identifier[] =>
    distinct(identifiers).filter(
      (identifier) => present.has(idOf(identifier)) && !world.isBlocked(identifier.type, identifier.value),
    );
  const id = `d${place}`;
  // A decision after an erasure is about the new beginning, also within one step; no two erasures have one time.
  const madeAt = world.erasures.some(({ at }) => at === now)
    ? new Date(Date.parse(now) + 1).toISOString()
    : now;
  if (draft.kind === 'merge') {
    const side = nameable(draft.identifiers);
    return side.length < 2
      ? null
      : { kind: 'decision', decision: { id, kind: 'merge', madeAt, sides: [side] } };
  }
  if (draft.kind === 'split') {
    const left = nameable(draft.left);
    const inLeft = new Set(left.map(idOf));
    const right = nameable(draft.right).filter((identifier) => !inLeft.has(idOf(identifier)));
    return left.length === 0 || right.length === 0
      ? null
      : { kind: 'decision', decision: { id, kind: 'split', madeAt, sides: [left, right] } };
  }
  const named = nameable(draft.identifiers);
  const extent = draft.whole ? wholeProfiles(named, { identifiers: present, profiles }) : named;
  if (extent.length === 0) return null;
  return { kind: 'erase', erasure: { at: madeAt, identifiers: extent, shared: sharedAround(world, extent) } };
}

function wholeProfiles(
  named: readonly Identifier[],
  resolved: Pick<ReferenceProfiles, 'identifiers' | 'profiles'>,
): Identifier[] {
  const ids = new Set(named.map((identifier) => resolved.identifiers.get(idOf(identifier))?.profile));
  return [...resolved.identifiers.values()]
    .filter(({ profile }) => ids.has(profile))
    .map(({ type, value }) => ({ type, value }));
}

function idOf({ type, value }: Identifier): string {
  return identifierIdForTests(type, value);
}

function distinct(identifiers: readonly Identifier[]): Identifier[] {
  return [...new Map(identifiers.map((identifier) => [idOf(identifier), identifier])).values()];
}
