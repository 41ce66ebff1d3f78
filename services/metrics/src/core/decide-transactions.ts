/** What is counted of the transactions of a batch, decided again from all their records and compared with what was counted. */
import type { ApplyContext } from './apply-context.ts';
import type { Change } from './cause.ts';
import type { FactEffect } from './fact-effects.ts';
import type { MembershipUpdate } from './memberships.ts';
import { salesPlaceOf, salesSumsOf, type CountedRole } from './sales-sums.ts';
import type { NumberedActivity } from './series.ts';
import {
  decideCounted,
  decideRefunded,
  isRefunded,
  type CountedRecord,
  type TransactionRecord,
} from './transaction.ts';

export interface LoadedTransaction {
  records: readonly TransactionRecord[];
  counted: readonly CountedRecord[];
  /** Refunds of it under other numbers, or under none. */
  amending: readonly AmendingRefund[];
}

export interface AmendingRefund extends TransactionRecord {
  number: string | null;
  /** The activities for which it was counted when it was loaded; without a number of its own, all that it is an occurrence of. */
  countedFor: readonly number[];
}

export type LoadedTransactions = ReadonlyMap<string, LoadedTransaction>;

export interface TransactionDecision {
  effects: FactEffect[];
  counted: { added: CountedRecord[]; removed: CountedRecord[] };
  /** Transaction -> the roots of its records while it is ambiguous; empty when it is not. */
  ambiguous: ReadonlyMap<string, readonly string[]>;
}

/**
 * @param causes of the transactions that facts of the batch name
 * @param memberships that were applied: they make a transaction ambiguous, or join profiles that share one
 */
export function decideTransactions(
  context: ApplyContext,
  loaded: LoadedTransactions,
  causes: ReadonlyMap<string, Change>,
  memberships: readonly MembershipUpdate[],
): TransactionDecision {
  const { identifiers, catalog } = context;
  const ofUpdates = new Map(memberships.map(({ identifier, change }) => [identifier, change]));
  const profileOf = (identifier: string) => identifiers.profileOf(identifier);
  const decision: TransactionDecision = {
    effects: [],
    counted: { added: [], removed: [] },
    ambiguous: rootsOfAmbiguous(context, loaded, ofUpdates),
  };
  const counting = catalog.settings.activities.filter(({ perTransaction }) => perTransaction);
  const refunds = decideRefunds(loaded, counting);
  for (const [transaction, { records, counted }] of loaded) {
    const change = causeOf(context, loaded, transaction, { causes, ofUpdates });
    const { ambiguous } = identifiers.get(transaction);
    for (const activity of counting) {
      const sales = decideCounted(activity.id, records, ambiguous, profileOf);
      const given = refunds.of(transaction, activity.id);
      const kept =
        activity.exceptRefunded === true ? sales.filter((sale) => !isRefunded(sale, given)) : sales;
      const after = [
        ...kept.map((record) => countedAs('sale', activity.id, record)),
        ...refunds.own(transaction, activity.id).map((record) => countedAs('refund', activity.id, record)),
      ];
      const before = counted.filter((record) => record.activity === activity.id);
      const removed = before.filter((record) => !includesRecord(after, record));
      const added = after.filter((record) => !includesRecord(before, record));
      decision.counted.removed.push(...removed);
      decision.counted.added.push(...added);
      decision.effects.push(
        ...effectsOf(activity, removed, -1, change),
        ...effectsOf(activity, added, 1, change),
      );
    }
  }
  return decision;
}

function effectsOf(
  { id: activity, exceptRefunded }: NumberedActivity,
  records: readonly CountedRecord[],
  amount: 1 | -1,
  change: Change,
): FactEffect[] {
  return records.flatMap(({ role, identifier, day, place, sums }) => {
    const effect = { identifier, day, activity, amount, change };
    const effects: FactEffect[] = role === 'sale' ? [{ kind: 'count', ...effect }] : [];
    // The money of such an activity is that of the one without the exception.
    if (exceptRefunded !== true) effects.push({ kind: 'sales', ...effect, place, sums });
    return effects;
  });
}

interface DecidedRefunds {
  /** Under the transaction's own number. */
  own(transaction: string, activity: number): readonly TransactionRecord[];
  /** All refunds of it that count. */
  of(transaction: string, activity: number): readonly TransactionRecord[];
}

/** Decided first: whether a sale was refunded depends on the refunds that count under other numbers. */
function decideRefunds(loaded: LoadedTransactions, activities: readonly NumberedActivity[]): DecidedRefunds {
  const decided = new Map(
    [...loaded].map(([transaction, { records }]) => [
      transaction,
      new Map(activities.map(({ id }) => [id, decideRefunded(id, records)])),
    ]),
  );
  const own = (transaction: string, activity: number) => decided.get(transaction)?.get(activity) ?? [];
  return {
    own,
    of: (transaction, activity) => [
      ...own(transaction, activity),
      ...(loaded.get(transaction)?.amending ?? []).filter(({ key, number, countedFor }) =>
        number !== null && decided.has(number)
          ? own(number, activity).some((record) => record.key === key)
          : countedFor.includes(activity),
      ),
    ],
  };
}

/** Why what is counted of a transaction changes: by a fact that names it, a membership, or one of its refunds. */
function causeOf(
  context: ApplyContext,
  loaded: LoadedTransactions,
  transaction: string,
  { causes, ofUpdates }: { causes: ReadonlyMap<string, Change>; ofUpdates: ReadonlyMap<string, Change> },
): Change {
  const { records = [], amending = [] } = loaded.get(transaction) ?? {};
  for (const number of [transaction, ...amending.map((refund) => refund.number)]) {
    const change = causes.get(number ?? '') ?? ofUpdates.get(number ?? '');
    if (change !== undefined) return change;
  }
  return changeAround(context, records, ofUpdates);
}

function countedAs(role: CountedRole, activity: number, record: TransactionRecord): CountedRecord {
  const { transaction, key, identifier, day, numbers } = record;
  const place = salesPlaceOf(numbers, record);
  return { role, activity, transaction, key, identifier, day, place, sums: salesSumsOf(role, numbers) };
}

/** Only a membership of its own makes a transaction ambiguous, or no longer so. */
function rootsOfAmbiguous(
  { identifiers }: ApplyContext,
  loaded: LoadedTransactions,
  ofUpdates: ReadonlyMap<string, Change>,
): Map<string, string[]> {
  const roots = new Map<string, string[]>();
  for (const [transaction, { records }] of loaded) {
    if (identifiers.get(transaction).ambiguous !== null) {
      const under = records.map(({ identifier }) => identifiers.get(identifier).root);
      roots.set(transaction, [...new Set(under)]);
    } else if (ofUpdates.has(transaction)) {
      roots.set(transaction, []);
    }
  }
  return roots;
}

function includesRecord(records: readonly CountedRecord[], record: CountedRecord): boolean {
  return records.some(({ key, identifier }) => key === record.key && identifier === record.identifier);
}

/** Of the update that changed the profile of one of the records. */
function changeAround(
  { identifiers }: ApplyContext,
  records: readonly TransactionRecord[],
  ofUpdates: ReadonlyMap<string, Change>,
): Change {
  for (const { identifier } of records) {
    const change = ofUpdates.get(identifier) ?? ofUpdates.get(identifiers.get(identifier).root);
    if (change !== undefined) return change;
  }
  const [first] = ofUpdates.values();
  return first ?? { cause: 'shared_identifier', reason: null };
}
