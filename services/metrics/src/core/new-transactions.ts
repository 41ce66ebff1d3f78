/**
 * Transactions that nothing was known of before the batch: its facts are all that they have. A fact is saved together with
 * the rows of the identifiers of its transaction and of the one that it amends, so where the batch created that row there is no other fact.
 */
import type { AmendingRefund, LoadedTransaction } from './decide-transactions.ts';
import { undoneBy, type FactChange } from './fact-effects.ts';
import { firstRecords, firstRefunds, type TransactionRecord } from './transaction.ts';
import { transactionRecordOf } from './transaction-record.ts';

export function newTransactions(
  changes: readonly FactChange[],
  created: ReadonlySet<string>,
): Map<string, LoadedTransaction> {
  const records = new Map<string, TransactionRecord[]>();
  const amending = new Map<string, AmendingRefund[]>();
  for (const id of created) {
    records.set(id, []);
    amending.set(id, []);
  }
  for (const change of changes) {
    const { fact, erasedBy } = change;
    if (erasedBy !== null) continue;
    const refunded = fact.role === 'refund' ? fact.amends : null;
    if (refunded !== null) {
      const record = transactionRecordOf(refunded, fact, change);
      // Those with a number are decided in this batch.
      const countedFor = fact.transaction === null ? record.activities : [];
      amending.get(refunded)?.push({ ...record, number: fact.transaction, countedFor });
    }
    for (const transaction of [fact.transaction, undoneBy(fact)]) {
      if (transaction === null) continue;
      records.get(transaction)?.push(transactionRecordOf(transaction, fact, change));
    }
  }
  return new Map(
    [...records].map(([id, all]) => [
      id,
      { records: firstRecords(all), counted: [], amending: firstRefunds(amending.get(id) ?? []) },
    ]),
  );
}
