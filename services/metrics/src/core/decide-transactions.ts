/** What is counted of the transactions of a batch, decided again from all their records and compared with what was counted. */
import type { ApplyContext } from './apply-context.ts';
import type { Change } from './cause.ts';
import type { FactEffect } from './fact-effects.ts';
import type { MembershipUpdate } from './memberships.ts';
import { salesPlaceOf, salesSumsOf, type CountedRole } from './sales-sums.ts';
import { decideCounted, decideRefunded, type CountedRecord, type TransactionRecord } from './transaction.ts';

export interface LoadedTransaction {
  records: readonly TransactionRecord[];
  counted: readonly CountedRecord[];
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
  const countingTransactions = catalog.settings.activities.filter(({ perTransaction }) => perTransaction);
  for (const [transaction, { records, counted }] of loaded) {
    const change =
      causes.get(transaction) ?? ofUpdates.get(transaction) ?? changeAround(context, records, ofUpdates);
    const { ambiguous } = identifiers.get(transaction);
    for (const { id: activity } of countingTransactions) {
      const after = [
        ...decideCounted(activity, records, ambiguous, profileOf).map((record) =>
          countedAs('sale', activity, record),
        ),
        ...decideRefunded(activity, records).map((record) => countedAs('refund', activity, record)),
      ];
      const before = counted.filter((record) => record.activity === activity);
      const removed = before.filter((record) => !includesRecord(after, record));
      const added = after.filter((record) => !includesRecord(before, record));
      decision.counted.removed.push(...removed);
      decision.counted.added.push(...added);
      for (const [effected, amount] of [
        [removed, -1],
        [added, 1],
      ] as const) {
        for (const { role, identifier, day, place, sums } of effected) {
          const effect = { identifier, day, activity, amount, change };
          if (role === 'sale') decision.effects.push({ kind: 'count', ...effect });
          decision.effects.push({ kind: 'sales', ...effect, place, sums });
        }
      }
    }
  }
  return decision;
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
