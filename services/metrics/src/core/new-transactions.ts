/**
 * Transactions that nothing was known of before the batch: its facts are all that they have. A fact is saved together with
 * the row of its transaction's identifier, so where the batch created that row there is no other fact.
 */
import type { LoadedTransaction } from './decide-transactions.ts';
import type { FactChange } from './fact-effects.ts';
import type { SeriesCatalog } from './series.ts';
import { firstRecords, type TransactionRecord } from './transaction.ts';
import { transactionRecordOf } from './transaction-record.ts';

export function newTransactions(
  catalog: SeriesCatalog,
  changes: readonly FactChange[],
  created: ReadonlySet<string>,
): Map<string, LoadedTransaction> {
  const records = new Map<string, TransactionRecord[]>();
  for (const id of created) records.set(id, []);
  for (const { fact } of changes) {
    if (fact.transaction === null) continue;
    records.get(fact.transaction)?.push(transactionRecordOf(catalog, fact.transaction, fact));
  }
  return new Map([...records].map(([id, all]) => [id, { records: firstRecords(all), counted: [] }]));
}
