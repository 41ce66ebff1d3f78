/**
 * Which records of a transaction count for an activity that counts transactions: a function of all its records, so it does
 * not depend on their order. A transaction is sold once, whatever the number of reports. Of its sales those of the highest
 * trust are taken, and of these the earliest counts; where the number was used by several people, the earliest of each
 * profile. A void or a cancellation of at least that trust means that there was no sale. A refund does not: what was given
 * back had been bought.
 */
import { type Trust, compareText } from '@throughline/contracts';
import type { CountedRole, SalesPlace, SalesSums } from './sales-sums.ts';
import type { TransactionNumbers } from './transaction-numbers.ts';
import type { TransactionRole } from './transaction-role.ts';

export interface TransactionRecord {
  /** Of the fact. */
  key: string;
  transaction: string;
  /** Of a refund under a number of its own, the transaction that it gives back. */
  amends: string | null;
  identifier: string;
  day: number;
  role: TransactionRole;
  trust: Trust;
  /** ms since 1970: when it occurred; for a public one when it was received, so that it cannot be backdated. */
  rankedAt: number;
  source: string;
  id: string;
  numbers: TransactionNumbers;
  channel: string | null;
  /** Of the activities that count transactions, those whose filter the record matches. */
  activities: readonly number[];
}

/** Sales, and refunds, of a transaction beyond these, in the order in which they would count, are left out. */
export const maxTransactionSales = 200;

/** What is counted of a transaction for an activity: a sale, or what was given back of it. */
export interface CountedRecord {
  role: CountedRole;
  activity: number;
  transaction: string;
  key: string;
  identifier: string;
  day: number;
  place: SalesPlace;
  sums: SalesSums;
}

/**
 * @param records all of the transaction's; of its sales at least the first `maxTransactionSales`
 * @param ambiguous the strongest level at which the transaction met two identifiers of one person type
 */
export function decideCounted(
  activity: number,
  records: readonly TransactionRecord[],
  ambiguous: Trust | null,
  profileOf: (identifier: string) => string,
): TransactionRecord[] {
  const sales = records
    .filter(({ role, activities }) => role === 'sale' && activities.includes(activity))
    .sort(compareRecords);
  const [best] = sales;
  if (best === undefined) return [];
  if (isUndone(records, best.trust)) return [];
  if (ambiguous === null || rankOf(ambiguous) < rankOf(best.trust)) return [best];
  const ofProfiles = new Map<string, TransactionRecord>();
  for (const record of sales.filter(({ trust }) => trust === best.trust)) {
    const profile = profileOf(record.identifier);
    if (!ofProfiles.has(profile)) ofProfiles.set(profile, record);
  }
  return [...ofProfiles.values()];
}

/**
 * What was given back of a transaction: the records of the source whose record goes first, so that two reports of a refund are
 * one, and several refunds of one reporter are several. None of what was voided or cancelled.
 */
export function decideRefunded(activity: number, records: readonly TransactionRecord[]): TransactionRecord[] {
  const refunds = records.filter(({ role }) => role === 'refund').sort(compareRecords);
  const matching = refunds.filter(({ activities }) => activities.includes(activity));
  const [best] = matching;
  if (best === undefined || isUndone(records, best.trust)) return [];
  return matching.filter(({ source, trust }) => source === best.source && trust === best.trust);
}

/**
 * Whether all that was paid for a sale was given back: by a refund that names no amount, which is one in full, or by refunds in
 * the currency of the sale that come to its amount. Refunds that are less trusted than the sale do not count.
 *
 * @param refunds those that count, of all numbers under which the sale was refunded
 */
export function isRefunded(sale: TransactionRecord, refunds: readonly TransactionRecord[]): boolean {
  const trusted = refunds.filter(({ trust }) => rankOf(trust) >= rankOf(sale.trust));
  if (trusted.some(({ numbers }) => numbers.amount === null)) return true;
  const { amount, currency } = sale.numbers;
  const given = trusted.filter(({ numbers }) => numbers.currency === currency);
  if (amount === null || given.length === 0) return false;
  return given.reduce((sum, { numbers }) => sum + Math.abs(numbers.amount ?? 0), 0) >= amount;
}

/** Whether a void or a cancellation of at least that trust names the transaction. */
function isUndone(records: readonly TransactionRecord[], by: Trust): boolean {
  return records.some(
    ({ role, trust }) => (role === 'void' || role === 'cancellation') && rankOf(trust) >= rankOf(by),
  );
}

/** Of all records of a transaction those that can count: see `maxTransactionSales`. */
export function firstRecords(records: readonly TransactionRecord[]): readonly TransactionRecord[] {
  if (records.length <= maxTransactionSales) return records;
  const firstOf = (role: TransactionRole) =>
    records
      .filter((record) => record.role === role)
      .sort(compareRecords)
      .slice(0, maxTransactionSales);
  return [...firstOf('sale'), ...firstOf('refund'), ...firstOf('void'), ...firstOf('cancellation')];
}

/** Of the refunds of a transaction under other numbers those that can count. */
export function firstRefunds<T extends TransactionRecord>(refunds: readonly T[]): readonly T[] {
  return refunds.toSorted(compareRecords).slice(0, maxTransactionSales);
}

/** Negative when `left` goes before `right`. */
function compareRecords(left: TransactionRecord, right: TransactionRecord): number {
  return (
    rankOf(right.trust) - rankOf(left.trust) ||
    left.rankedAt - right.rankedAt ||
    compareText(left.source, right.source) ||
    compareText(left.id, right.id)
  );
}

function rankOf(trust: Trust): number {
  return trust === 'server' ? 1 : 0;
}
