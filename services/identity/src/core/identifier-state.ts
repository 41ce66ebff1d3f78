/** What identity keeps of an identifier, and what follows from its counts: whether it is shared, or has met two of a type. */
import {
  compareIdentifierTypes,
  type IdentifierType,
  isPersonType,
  isTransactionType,
  type Trust,
} from '@throughline/contracts';
import { type Level, levels, publicLevel, serverLevel } from './evidence.ts';

export interface ResolutionLimits {
  /** An identifier with direct links to more than this many of one person type is shared. */
  sharedDegree: number;
  /** … or, for an attached identifier, of one attached type. */
  attachedDegree: number;
  /** Person identifiers in a component, past which candidates are left out. */
  boundPersons: number;
}

export const defaultLimits: ResolutionLimits = { sharedDegree: 5, attachedDegree: 500, boundPersons: 1000 };

/** Neighbours of a type by level: index 0 counts public or stronger, 1 verified or stronger, 2 server. */
export type DegreeCounts = [number, number, number];

export interface IdentifierState {
  id: string;
  type: IdentifierType;
  blocked: boolean;
  /** First mention by a server, by `occurredAt`. */
  firstServerAt: string | null;
  /** First mention by a public key, by `receivedAt`: it cannot be backdated. */
  firstPublicAt: string | null;
  /** Bounds of `occurredAt` of all touchpoints that mention it; null when erasures have left none. */
  firstSeenAt: string | null;
  lastSeenAt: string | null;
  /** Of the touchpoints that belong to it. */
  touchpointCount: number;
  firstTouchpointAt: string | null;
  lastTouchpointAt: string | null;
  /** Has evidence of a server or a proof with any identifier. */
  known: boolean;
  degrees: Record<string, DegreeCounts>;
  /** A person identifier that a link, an inferred link or a merge has ever named together with another. */
  linked: boolean;
  /** Of an attached identifier: what it hangs from. */
  parent: string | null;
  root: string;
  /** Of a root: the founding identifier of its cluster. For others, its own id and without meaning. */
  profile: string;
  /** How many kinds of candidates the bound has left out of its component, 0 to 4. */
  boundStage: number;
  /** Of the membership; 0 until it first differs from the default. */
  version: number;
  /** Whether the resolved stream has told its membership. */
  published: boolean;
}

export function newIdentifier(id: string, type: IdentifierType, blocked: boolean): IdentifierState {
  return {
    id,
    type,
    blocked,
    firstServerAt: null,
    firstPublicAt: null,
    firstSeenAt: null,
    lastSeenAt: null,
    touchpointCount: 0,
    firstTouchpointAt: null,
    lastTouchpointAt: null,
    known: false,
    degrees: {},
    linked: false,
    parent: null,
    root: id,
    profile: id,
    boundStage: 0,
    version: 0,
    published: false,
  };
}

/** A person identifier's degree counts stronger person types only; an attached one's counts every type. */
export function countsTowardsDegree(own: IdentifierType, neighbour: IdentifierType): boolean {
  if (!isPersonType(own)) return true;
  return isPersonType(neighbour) && compareIdentifierTypes(neighbour, own) < 0;
}

/** The strongest level at which the identifier is shared; it is shared at every weaker one too. 0 when it is not. */
export function sharedLevel(state: IdentifierState, limits: ResolutionLimits): Level | 0 {
  const types = Object.keys(state.degrees);
  if (types.length === 0) return 0;
  for (const level of levels) {
    for (const type of types) {
      const count = state.degrees[type]?.[level - 1] ?? 0;
      const limit = isPersonType(type as IdentifierType) ? limits.sharedDegree : limits.attachedDegree;
      if (count > limit) return level;
    }
  }
  return 0;
}

/** The strongest level at which an attached identifier has met two of a person type. 0 when it has not. */
export function mixedLevel(state: IdentifierState): Level | 0 {
  if (isPersonType(state.type)) return 0;
  const types = Object.keys(state.degrees);
  for (const level of levels) {
    for (const type of types) {
      if (isPersonType(type as IdentifierType) && (state.degrees[type]?.[level - 1] ?? 0) >= 2) return level;
    }
  }
  return 0;
}

/** The strongest trust at which a transaction has met two identifiers of one person type; null when it has not. */
export function ambiguityOf(state: IdentifierState): Trust | null {
  if (!isTransactionType(state.type)) return null;
  const level = mixedLevel(state);
  if (level === 0) return null;
  return level === serverLevel ? 'server' : 'public';
}

/** The strongest trust that mentioned it, as a level; 0 when no touchpoint is left that does. */
export function mentionLevel(state: IdentifierState): Level | 0 {
  if (state.firstServerAt !== null) return serverLevel;
  return state.firstPublicAt === null ? 0 : publicLevel;
}

/** Whether a profile that holds it is somebody. */
export function isIdentifying(state: IdentifierState, limits: ResolutionLimits): boolean {
  return !state.blocked && !isTransactionType(state.type) && sharedLevel(state, limits) < mentionLevel(state);
}

/** Order of founding: by type, strongest trust, first time at that trust, id. */
export function compareFounding(left: IdentifierState, right: IdentifierState): number {
  const byType = compareIdentifierTypes(left.type, right.type);
  if (byType !== 0) return byType;
  const byLevel = mentionLevel(right) - mentionLevel(left);
  if (byLevel !== 0) return byLevel;
  const leftAt = left.firstServerAt ?? left.firstPublicAt ?? '';
  const rightAt = right.firstServerAt ?? right.firstPublicAt ?? '';
  if (leftAt !== rightAt) return leftAt < rightAt ? -1 : 1;
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
