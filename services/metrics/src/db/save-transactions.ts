/** Saves which facts of transactions count. */
import { plainArray, RetryTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { transactionName, type TransactionWinner } from '../core/transaction.ts';

/**
 * @param known by `transactionName`, as they were locked
 * @throws RetryTransaction when another process has named a winner of one that was unknown
 */
export async function saveTransactions(
  client: PoolClient,
  generation: number,
  winners: readonly TransactionWinner[],
  known: ReadonlyMap<string, TransactionWinner>,
): Promise<void> {
  const sorted = winners.toSorted(
    (left, right) =>
      compareIds(left.transaction, right.transaction) || compareIds(left.activity, right.activity),
  );
  const isKnown = (winner: TransactionWinner) =>
    known.has(transactionName(winner.activity, winner.transaction));
  const added = sorted.filter((winner) => !isKnown(winner));
  const changed = sorted.filter(isKnown);
  if (added.length > 0) {
    const { rowCount } = await client.query({
      name: 'insert-transactions',
      text: `insert into metrics.transaction
               (generation, id, activity, key, identifier, occurred_at, day, trust, source, touchpoint_id)
             select $1, * from unnest(${columns}) on conflict do nothing`,
      values: [generation, ...valuesOf(added)],
    });
    if (rowCount !== added.length)
      throw new RetryTransaction('a transaction was reported elsewhere meanwhile');
  }
  if (changed.length > 0) {
    await client.query({
      name: 'update-transactions',
      text: `insert into metrics.transaction
               (generation, id, activity, key, identifier, occurred_at, day, trust, source, touchpoint_id)
             select $1, * from unnest(${columns})
             on conflict (id, activity, generation) do update
             set key = excluded.key, identifier = excluded.identifier, occurred_at = excluded.occurred_at,
                 day = excluded.day, trust = excluded.trust, source = excluded.source,
                 touchpoint_id = excluded.touchpoint_id`,
      values: [generation, ...valuesOf(changed)],
    });
  }
}

const columns =
  '$2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::int[], $8::text[], $9::text[], $10::text[]';

function valuesOf(winners: readonly TransactionWinner[]): unknown[] {
  return [
    plainArray(winners.map((winner) => winner.transaction)),
    winners.map((winner) => winner.activity),
    plainArray(winners.map((winner) => winner.key)),
    plainArray(winners.map((winner) => winner.identifier)),
    plainArray(winners.map((winner) => `"${new Date(winner.at).toISOString()}"`)),
    plainArray(winners.map((winner) => winner.day)),
    plainArray(winners.map((winner) => winner.trust)),
    winners.map((winner) => winner.source),
    winners.map((winner) => winner.id),
  ];
}

function compareIds(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
