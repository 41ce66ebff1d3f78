/**
 * A touchpoint as metrics keeps it: what figures need and what later activity filters may ask, without the person behind it.
 * Stored once, for every generation of figures: nothing in it depends on the reporting zone or on a definition. Its content is
 * that of the accepted copy and never changes; only the identifier under which it counts does.
 */
import type { MembershipCause, TouchpointResolved, Trust } from '@throughline/contracts';
import { factDetailsOf } from './fact-details.ts';
import type { Moment } from './moment.ts';
import { transactionNumbersOf, type TransactionNumbers } from './transaction-numbers.ts';
import { transactionRoleOf, type TransactionRole } from './transaction-role.ts';
import { withoutLists } from './without-lists.ts';

/** What a definition may look at, and what the place of a record in its transaction depends on. */
export interface FactContent extends Moment {
  key: string;
  /** ms since 1970 */
  receivedAt: number;
  type: string;
  name: string | null;
  channel: string | null;
  trust: Trust;
  sentiment: number | null;
  role: TransactionRole;
  /** Without lists: see `withoutLists`. */
  properties: Readonly<Record<string, unknown>> | null;
}

export interface Fact extends FactContent {
  identifier: string;
  assignmentVersion: number;
  assignmentCause: MembershipCause | null;
  transaction: string | null;
  /** The transaction that it gives back, voids or cancels, where that is another one. */
  amends: string | null;
  numbers: TransactionNumbers;
  /** JSON of what few touchpoints carry: see `factDetailsOf`. */
  details: string | null;
}

export function factOf(record: TouchpointResolved): Fact {
  const { touchpoint } = record;
  const properties = touchpoint.properties ?? null;
  return {
    key: touchpoint.key,
    identifier: record.identifier,
    assignmentVersion: record.assignmentVersion,
    assignmentCause: record.assignmentCause,
    at: Date.parse(touchpoint.occurredAt),
    receivedAt: Date.parse(touchpoint.receivedAt),
    type: touchpoint.type,
    name: touchpoint.name,
    source: touchpoint.source,
    id: touchpoint.id,
    channel: touchpoint.channel ?? null,
    trust: touchpoint.trust,
    sentiment: touchpoint.sentiment ?? null,
    transaction: record.transaction,
    amends: record.amends === record.transaction ? null : record.amends,
    role: transactionRoleOf({ ...touchpoint, properties }),
    numbers: transactionNumbersOf(properties),
    properties: properties === null ? null : withoutLists(properties),
    details: factDetailsOf(touchpoint),
  };
}

/**
 * Its place among the records of its transaction, ms since 1970: when it occurred; of a public one when it was received, or it
 * could be backdated.
 */
export function rankedAtOf({ trust, at, receivedAt }: Pick<Fact, 'trust' | 'at' | 'receivedAt'>): number {
  return trust === 'server' ? at : receivedAt;
}
