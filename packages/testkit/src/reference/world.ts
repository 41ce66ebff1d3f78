/**
 * What the reference model is a function of: touchpoints, operators' decisions, erasures and the configuration. The
 * definition is infra/docs/identity-resolution.md; the model follows it sentence by sentence, the slow way, and shares no
 * rule with the services: only the types of what they exchange.
 */
import type { Identifier, IdentifierType, Touchpoint, TouchpointType, Trust } from '@throughline/contracts';

export interface WorldTouchpoint {
  source: string;
  id: string;
  type: TouchpointType;
  name: string | null;
  trust: Trust;
  /** RFC 3339 UTC with milliseconds, so that text order is time order. */
  occurredAt: string;
  receivedAt: string;
  /** Normalized and distinct. */
  identifiers: Identifier[];
  /** The identifiers that a valid proof named. */
  verified?: Identifier[];
  traits?: Record<string, unknown>;
  context?: Record<string, unknown>;
  properties?: Record<string, unknown>;
  channel?: string;
  owner?: NonNullable<Touchpoint['owner']>;
  mediaType?: NonNullable<Touchpoint['mediaType']>;
  initiator?: NonNullable<Touchpoint['initiator']>;
  kind?: NonNullable<Touchpoint['kind']>;
  /** Of the advertising that brought the customer. */
  campaign?: { name?: string };
  /** By category, whether the customer had agreed to it at the time. */
  consent?: Record<string, boolean>;
  sentiment?: number;
}

/** What identifiers are called, and which of them name no person. */
export interface WorldNaming {
  /** Itself unless given. */
  nameOf?: (identifier: Identifier) => Identifier;
  isBlocked: (type: IdentifierType, value: string) => boolean;
}

export interface WorldDecision {
  id: string;
  kind: 'merge' | 'split';
  madeAt: string;
  /** Of a merge one list, of a split two disjoint ones. */
  sides: Identifier[][];
}

export interface WorldErasure {
  /** The time T. */
  at: string;
  /** The extent. */
  identifiers: Identifier[];
  /** What was shared when it was carried out, among the identifiers on touchpoints that name one of the extent. */
  shared: { identifier: Identifier; trust: Trust }[];
  /** What was in force when it was requested; what is in force now unless given. */
  naming?: WorldNaming;
}

/** Evidence that an operator has withdrawn. */
export interface WorldWithdrawal {
  id: string;
  source: string;
  by: 'occurredAt' | 'receivedAt';
  from: string | null;
  to: string | null;
  /** Id of one touchpoint, or null for every one. */
  touchpoint: string | null;
  /** The two ends of one link, or null for every one. */
  link: [Identifier, Identifier] | null;
}

export interface WorldLimits {
  /** More neighbours of one stronger person type than this make an identifier shared. */
  sharedDegree: number;
  /** ... or, of an attached identifier, more neighbours of one attached type that is its own or stronger. */
  attachedDegree: number;
  /** ... or more neighbours of another type that counts. */
  crowdDegree: number;
  /** Components with more person identifiers than this leave candidates out. */
  boundPersons: number;
  /** ... or with more candidates, merges aside. */
  boundLinks: number;
  /** Identifiers of a type in a cluster, for each of its user ids. */
  perType: Record<string, number>;
}

export const defaultWorldLimits: WorldLimits = {
  sharedDegree: 5,
  attachedDegree: 20,
  crowdDegree: 500,
  boundPersons: 50,
  boundLinks: 200,
  perType: { loyalty_id: 3, email: 5, phone: 5, external: 1 },
};

export interface World extends WorldNaming {
  /** One per (source, id): see `firstCopies`. */
  touchpoints: WorldTouchpoint[];
  /** Those that are not withdrawn. */
  decisions: WorldDecision[];
  erasures: WorldErasure[];
  /** Those that are in force; none unless given. */
  withdrawals?: WorldWithdrawal[];
  limits: WorldLimits;
  /** Of what it is called. */
  identifierId: (type: IdentifierType, value: string) => string;
}

/** The (source, id) of a touchpoint as one text. */
export function touchpointKey(touchpoint: { source: string; id: string }): string {
  return JSON.stringify([touchpoint.source, touchpoint.id]);
}

/** The members of the set: of the copies of one (source, id) the one that was processed first. */
export function firstCopies<T extends { source: string; id: string }>(
  inOrderOfProcessing: readonly T[],
): T[] {
  const members = new Map<string, T>();
  for (const touchpoint of inOrderOfProcessing) {
    const key = touchpointKey(touchpoint);
    if (!members.has(key)) members.set(key, touchpoint);
  }
  return [...members.values()];
}
