/** Short worlds for examples: identifiers are written `type:value`, time is minutes, ids can be read. */
import { type Identifier, type IdentifierType, isIdentifierType } from '@throughline/contracts';
import {
  defaultWorldLimits,
  isBlockedValue,
  type ReferenceProfile,
  type ReferenceProfiles,
  referenceProfiles,
  touchpointKey,
  type World,
  type WorldDecision,
  type WorldErasure,
  type WorldLimits,
  type WorldTouchpoint,
} from '../../src/index.ts';

/** Minutes after the start of the world. */
export function minute(minutes: number): string {
  return new Date(Date.parse('2026-01-01T00:00:00.000Z') + minutes * 60_000).toISOString();
}

export function identifier(text: string): Identifier {
  const colon = text.indexOf(':');
  const type = text.slice(0, colon);
  if (!isIdentifierType(type)) throw new Error(`no identifier type: ${type}`);
  return { type, value: text.slice(colon + 1) };
}

type Details = Partial<Omit<WorldTouchpoint, 'identifiers' | 'verified' | 'trust'>> & { verified?: string };

/** @param names identifiers with spaces between them */
export function seen(
  trust: 'server' | 'public',
  minutes: number,
  names: string,
  details: Details = {},
): WorldTouchpoint {
  const { verified, ...rest } = details;
  return {
    source: trust === 'server' ? 'server' : 'website',
    id: `${trust}-${minutes}-${names}`,
    type: 'track',
    name: null,
    trust,
    occurredAt: minute(minutes),
    receivedAt: minute(minutes),
    identifiers: names.split(' ').map(identifier),
    ...(verified === undefined ? {} : { verified: verified.split(' ').map(identifier) }),
    ...rest,
  };
}

export function merge(minutes: number, names: string, id = `merge-${minutes}`): WorldDecision {
  return { id, kind: 'merge', madeAt: minute(minutes), sides: [names.split(' ').map(identifier)] };
}

export function split(minutes: number, left: string, right: string, id = `split-${minutes}`): WorldDecision {
  const sides = [left, right].map((side) => side.split(' ').map(identifier));
  return { id, kind: 'split', madeAt: minute(minutes), sides };
}

export function erased(minutes: number, names: string, shared: WorldErasure['shared'] = []): WorldErasure {
  return { at: minute(minutes), identifiers: names.split(' ').map(identifier), shared };
}

interface Rulings {
  decisions?: WorldDecision[];
  erasures?: WorldErasure[];
  limits?: Partial<WorldLimits>;
}

export function worldOf(
  touchpoints: WorldTouchpoint[],
  { decisions, erasures, limits }: Rulings = {},
): World {
  return {
    touchpoints,
    decisions: decisions ?? [],
    erasures: erasures ?? [],
    limits: { ...defaultWorldLimits, ...limits },
    identifierId: (type: IdentifierType, value: string) => `${type}:${value}`,
    isBlocked: isBlockedValue,
  };
}

export interface Resolved extends ReferenceProfiles {
  /** Identifier ids of every profile, as `a b c`, sorted. */
  groups: string[];
  profileOf: (name: string) => ReferenceProfile;
  /** The identifier that the touchpoint belongs to, null when it was dropped. */
  primaryOf: (touchpoint: WorldTouchpoint) => string | null;
  /** `reason` of the refused link between the two, null when it was not refused. */
  refusal: (one: string, other: string) => string | null;
}

export function resolve(touchpoints: WorldTouchpoint[], rulings: Rulings = {}): Resolved {
  const resolved = referenceProfiles(worldOf(touchpoints, rulings));
  return {
    ...resolved,
    groups: resolved.profiles.map(({ identifiers }) => identifiers.join(' ')).toSorted(),
    profileOf: (name) => {
      const found = resolved.profiles.find(({ identifiers }) => identifiers.includes(name));
      if (found === undefined) throw new Error(`no profile holds ${name}`);
      return found;
    },
    primaryOf: (touchpoint) => resolved.belongsTo.get(touchpointKey(touchpoint)) ?? null,
    refusal: (one, other) => {
      const [a, b] = [one, other].toSorted();
      return resolved.refused.find((link) => link.a === a && link.b === b)?.reason ?? null;
    },
  };
}
