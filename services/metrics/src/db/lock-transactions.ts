/** Who gives the day of a transaction now, locked. */
import type { PoolClient } from 'pg';
import { transactionName, type TransactionWinner } from '../core/transaction.ts';
import type { TransactionReference } from '../core/fact-effects.ts';
import { plainArray } from '@throughline/postgres';
import { sortedIds } from './sorted-ids.ts';

type Row = Omit<TransactionWinner, 'at'> & { at: Date };

export async function lockTransactions(
  client: PoolClient,
  generation: number,
  references: readonly TransactionReference[],
): Promise<Map<string, TransactionWinner>> {
  const { rows } = await client.query<Row>({
    text: `select id as transaction, activity, key, identifier, occurred_at as at, day, trust, source,
                  touchpoint_id as id
           from metrics.transaction as held
           where generation = $1 and held.id = any($2::uuid[]) order by held.id, activity for update`,
    values: [generation, plainArray(sortedIds(new Set(references.map(({ transaction }) => transaction))))],
  });
  return new Map(
    rows.map((row) => [
      transactionName(row.activity, row.transaction),
      { ...row, at: row.at.getTime() } satisfies TransactionWinner,
    ]),
  );
}
