/**
 * Identity links and their evidence. Of each pair of identifiers and each level of trust only the first mention counts,
 * so evidence is a minimum, and minima do not depend on the order in which touchpoints arrive.
 */
import {
  compareIdentifierTypes,
  compareText,
  type IdentifierType,
  isPersonType,
  typeFamily,
} from '@throughline/contracts';

/** 1 public, 2 verified by a proof, 3 server. */
export type Level = 1 | 2 | 3;
export const levels: readonly Level[] = [3, 2, 1];
export const publicLevel = 1;
export const verifiedLevel = 2;
export const serverLevel = 3;

/** When and by which touchpoint. `at` is RFC 3339 in UTC with milliseconds: text order is time order. */
export interface Moment {
  at: string;
  source: string;
  touchpointId: string;
}

export function compareMoments(left: Moment, right: Moment): number {
  return (
    compareText(left.at, right.at) ||
    compareText(left.source, right.source) ||
    compareText(left.touchpointId, right.touchpointId)
  );
}

export interface IdentifierKey {
  id: string;
  type: IdentifierType;
}

/** Strongest first: by type, then id. */
export function compareIdentifiers(left: IdentifierKey, right: IdentifierKey): number {
  return compareIdentifierTypes(left.type, right.type) || compareText(left.id, right.id);
}

export interface Link {
  /** The weaker end by (type, id). It is the attached identifier when one is attached. */
  weaker: string;
  stronger: string;
  /** True when both ends are person identifiers. */
  person: boolean;
  /** True when both are of one family, such as two e-mail addresses. */
  sameFamily: boolean;
  /** First evidence per level, at index level - 1. */
  evidence: [Moment | null, Moment | null, Moment | null];
  /** A server's alias call named both: overrides the limits per type. */
  alias: boolean;
  /** Strongest level ever seen, 0 for none. Degrees count by it, and erasing evidence does not lower it. */
  countedLevel: Level | 0;
  /** Strongest level of what erasures have taken, 0 for none: it counts whatever evidence is withdrawn. */
  erasedLevel: Level | 0;
}

export function linkKey(weaker: string, stronger: string): string {
  return `${weaker}|${stronger}`;
}

export function orderedPair<T extends IdentifierKey>(one: T, other: T): { weaker: T; stronger: T } {
  return compareIdentifiers(one, other) < 0
    ? { weaker: other, stronger: one }
    : { weaker: one, stronger: other };
}

export function emptyLink(weaker: IdentifierKey, stronger: IdentifierKey): Link {
  return {
    weaker: weaker.id,
    stronger: stronger.id,
    person: isPersonType(weaker.type),
    sameFamily: typeFamily(weaker.type) === typeFamily(stronger.type),
    evidence: [null, null, null],
    alias: false,
    countedLevel: 0,
    erasedLevel: 0,
  };
}

/** Keeps the earlier moment of the two at a level; says whether the link changed. */
export function addEvidence(link: Pick<Link, 'evidence'>, level: Level, moment: Moment): boolean {
  const current = link.evidence[level - 1] ?? null;
  if (current !== null && compareMoments(current, moment) <= 0) return false;
  link.evidence[level - 1] = moment;
  return true;
}

/** The strongest level with evidence, 0 when erasures have left none. */
export function bestLevel(link: Pick<Link, 'evidence'>): Level | 0 {
  return levels.find((level) => link.evidence[level - 1] !== null) ?? 0;
}

export interface Standing {
  level: Level;
  first: Moment;
}

/** The strongest level with evidence at which neither end is shared, or null: such a link links nothing. */
export function usableStanding(link: Link, sharedLevelOfEnds: number): Standing | null {
  for (const level of levels) {
    if (level <= sharedLevelOfEnds) return null;
    const first = link.evidence[level - 1];
    if (first) return { level, first };
  }
  return null;
}

/**
 * A link between two identifiers that an attached one has met, when it has met at most one identifier of every person type:
 * two person identifiers, or a carrier and a person identifier that a transaction names.
 */
export interface InferredLink {
  via: string;
  /** The carrier; of two person identifiers the one with the smaller id. */
  a: string;
  b: string;
  /** True when both ends are person identifiers. */
  person: boolean;
  level: Level;
  first: Moment;
}
