/**
 * Transactions that nothing was known of before the batch: its facts are all that they have. A fact is saved together with
 * the rows of the identifiers of its transaction and of the one that it undoes, so where the batch created that row there is no other fact.
 */
import type { LoadedTransaction } from './decide-transactions.ts';
import { undoneBy, type FactChange } from './fact-effects.ts';
import { firstRecords, type TransactionRecord } from './transaction.ts';
import { transactionRecordOf } from './transaction-record.ts';

export function newTransactions(
  changes: readonly FactChange[],
  created: ReadonlySet<string>,
): Map<string, LoadedTransaction> {
  const records = new Map<string, TransactionRecord[]>();
  for (const id of created) records.set(id, []);
  for (const change of changes) {
    const { fact } = change;
    for (const transaction of [fact.transaction, undoneBy(fact)]) {
      if (transaction === null) continue;
      records.get(transaction)?.push(transactionRecordOf(transaction, fact, change));
    }
  }
  return new Map([...records].map(([id, all]) => [id, { records: firstRecords(all), counted: [] }]));
}
