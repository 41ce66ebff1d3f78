/** What identity keeps of an identifier, and what follows from its counts: whether it is shared, or has met two of a type. */
import {
  compareIdentifierTypes,
  identifierFamilies,
  type IdentifierType,
  type IdentifierFamily,
  isPersonType,
  isTransactionType,
  type Trust,
  typeFamily,
} from '@throughline/contracts';
import { type Level, levels, publicLevel, serverLevel, verifiedLevel } from './evidence.ts';

export interface ResolutionLimits {
  /** An identifier with direct links to more than this many of one stronger person type is shared. */
  sharedDegree: number;
  /** … or, for an attached identifier, to more than this many of one attached type that is its own or stronger. */
  attachedDegree: number;
  /** … or to more than this many of any other type that counts: of a person identifier its own and weaker person types. */
  crowdDegree: number;
  /** Person identifiers in a component, past which candidates are left out. */
  boundPersons: number;
  /** … or candidates among them. */
  boundLinks: number;
  /** Identifiers of a type in one profile, for each `user_id` in it; `external` for each namespace that is not named. */
  perType: Readonly<Record<string, number>>;
}

export const defaultLimits: ResolutionLimits = {
  sharedDegree: 5,
  attachedDegree: 20,
  crowdDegree: 500,
  boundPersons: 50,
  boundLinks: 200,
  perType: { loyalty_id: 3, email: 5, phone: 5, external: 1 },
};

/** How many of a type one profile may have, for each `user_id` in it. */
export function limitOf(type: IdentifierType, { perType }: Pick<ResolutionLimits, 'perType'>): number {
  return type === 'user_id' ? 1 : (perType[type] ?? perType[typeFamily(type)] ?? 1);
}

/** Neighbours of a family by level: index 0 counts public or stronger, 1 verified or stronger, 2 server. */
export type DegreeCounts = readonly [number, number, number];

export interface IdentifierState {
  id: string;
  type: IdentifierType;
  blocked: boolean;
  /** As its first mention wrote it, where that differs from its value. */
  original: string | null;
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
  /** Replaced when one changes, never written into: the same object means the same counts. */
  degrees: Readonly<Partial<Record<IdentifierFamily, DegreeCounts>>>;
  /**
   * A transaction that a server has mentioned and whose number can be guessed: public evidence of its owner
   * does not count. Never false again, also when erasures leave no touchpoint that mentions it.
   */
  vouched: boolean;
  /** A person identifier that a link, an inferred link or a merge has ever named together with another. */
  linked: boolean;
  /** Of an attached identifier: the identifier that it is attached to. */
  parent: string | null;
  root: string;
  /** Of a root: the founding identifier of its cluster. For others, its own id and without meaning. */
  profile: string;
  /** How many kinds of candidates the bound has left out of its component, 0 to 4. */
  boundStage: number;
  /** Of the membership; 0 until it first differs from the default. */
  version: number;
  /** Whether the resolved stream contains its membership. */
  published: boolean;
}

const noDegrees: IdentifierState['degrees'] = {};

export function newIdentifier(id: string, type: IdentifierType, blocked: boolean): IdentifierState {
  return {
    id,
    type,
    blocked,
    original: null,
    firstServerAt: null,
    firstPublicAt: null,
    firstSeenAt: null,
    lastSeenAt: null,
    touchpointCount: 0,
    firstTouchpointAt: null,
    lastTouchpointAt: null,
    known: false,
    degrees: noDegrees,
    vouched: false,
    linked: false,
    parent: null,
    root: id,
    profile: id,
    boundStage: 0,
    version: 0,
    published: false,
  };
}

/** Person identifiers count person identifiers; attached ones count every type. */
export function countsTowardsDegree(own: IdentifierType, neighbour: IdentifierType): boolean {
  return !isPersonType(own) || isPersonType(neighbour);
}

/** The strongest level at which the identifier is shared; it is shared at every weaker one too. 0 when it is not. */
export function sharedLevel(state: IdentifierState, limits: ResolutionLimits): Level | 0 {
  let strongest: Level | 0 = 0;
  for (const family of Object.keys(state.degrees) as IdentifierFamily[]) {
    const counts = state.degrees[family];
    // Counts do not grow with the level, so most identifiers are done with the first.
    if (counts === undefined || counts[0] <= smallestLimit(limits)) continue;
    const limit = degreeLimit(state.type, family, limits);
    const level = levels.find((one) => countAt(counts, one) > limit) ?? 0;
    if (level > strongest) strongest = level;
  }
  return strongest;
}

function countAt(counts: DegreeCounts, level: Level): number {
  return counts[level - 1] ?? 0;
}

function smallestLimit({ sharedDegree, attachedDegree, crowdDegree }: ResolutionLimits): number {
  return Math.min(sharedDegree, attachedDegree, crowdDegree);
}

/** A stronger person type is limited most: a customer has few user ids, but may have many e-mail addresses. */
function degreeLimit(type: IdentifierType, family: IdentifierFamily, limits: ResolutionLimits): number {
  const own = familyRank(typeFamily(type));
  const neighbour = familyRank(family);
  if (neighbour < Math.min(own, firstAttachedRank)) return limits.sharedDegree;
  return own >= firstAttachedRank && neighbour <= own ? limits.attachedDegree : limits.crowdDegree;
}

const ranks: ReadonlyMap<IdentifierFamily, number> = new Map(
  identifierFamilies.map((family, rank) => [family, rank]),
);
const firstAttachedRank = familyRank('device_id');

function familyRank(family: IdentifierFamily): number {
  return ranks.get(family) ?? identifierFamilies.length;
}

/** Links of levels above this one, which may be usable while it is shared at this one. */
export function degreeAbove(state: IdentifierState, level: Level | 0): number {
  if (level === serverLevel) return 0;
  let count = 0;
  for (const family of Object.keys(state.degrees) as IdentifierFamily[])
    count += state.degrees[family]?.[level] ?? 0;
  return count;
}

/** The strongest level at which an attached identifier has met two of a person type. 0 when it has not. */
export function mixedLevel(state: IdentifierState): Level | 0 {
  if (isPersonType(state.type)) return 0;
  const weakest = state.vouched ? verifiedLevel : publicLevel;
  let strongest: Level | 0 = 0;
  for (const family of Object.keys(state.degrees) as IdentifierFamily[]) {
    const counts = state.degrees[family];
    if (counts === undefined || counts[0] < 2 || familyRank(family) >= firstAttachedRank) continue;
    const level = levels.find((one) => countAt(counts, one) >= 2) ?? 0;
    if (level >= weakest && level > strongest) strongest = level;
  }
  return strongest;
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

/** Whether a profile that holds it is identified. */
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
