/**
 * Transactions with their records and with what is counted of them, under the locks of their identifiers' rows. Of each role
 * the records that go first: of sales as many as can count, of what takes a sale back the most trusted one.
 */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { LoadedTransaction } from '../core/decide-transactions.ts';
import type { FactContent } from '../core/fact.ts';
import { placeFact, type FactPlacing } from '../core/place-fact.ts';
import { maxTransactionSales, type CountedRecord } from '../core/transaction.ts';
import { ofGeneration } from './of-generation.ts';
import { transactionRecordOf } from '../core/transaction-record.ts';

type Row = Omit<FactContent, 'at' | 'receivedAt' | 'properties'> & {
  transaction: string;
  identifier: string;
  at: Date;
  receivedAt: Date;
  properties: string | null;
};

export async function loadTransactions(
  client: PoolClient,
  { generation, placing }: { generation: number; placing: FactPlacing },
  ids: readonly string[],
): Promise<Map<string, LoadedTransaction>> {
  const facts = await client.query<Row>({
    text: `select asked.id as transaction, found.*
           from unnest($1::uuid[]) as asked (id)
           cross join (values ('sale', $2::int), ('void', 1), ('cancellation', 1)) as roles (role, most)
           cross join lateral (
             select key, identifier, role, case when by_server then 'server' else 'public' end as trust,
                    occurred_at as at, received_at as "receivedAt", source, touchpoint_id as id, type, name, channel,
                    sentiment, properties
             from metrics.fact
             where fact.transaction = asked.id and fact.role = roles.role
             order by by_server desc, (case when by_server then occurred_at else received_at end),
                      source collate "C", touchpoint_id collate "C"
             limit roles.most) as found`,
    values: [plainArray(ids), maxTransactionSales],
  });
  const counted = await client.query<CountedRecord>({
    text: `select held.id as transaction, held.activity, held.key, held.identifier, held.day
           from unnest($2::uuid[]) as asked (id)
           cross join lateral (
             select * from metrics.transaction where transaction.id = asked.id and ${ofGeneration} offset 0) as held`,
    values: [generation, plainArray(ids)],
  });
  const records = Map.groupBy(
    facts.rows.map(({ transaction, ...row }) => {
      const fact = {
        ...row,
        at: row.at.getTime(),
        receivedAt: row.receivedAt.getTime(),
        properties: row.properties === null ? null : (JSON.parse(row.properties) as Record<string, unknown>),
      };
      return transactionRecordOf(transaction, fact, placeFact(placing, fact));
    }),
    ({ transaction }) => transaction,
  );
  const ofTransaction = Map.groupBy(counted.rows, ({ transaction }) => transaction);
  return new Map(
    ids.map((id) => [id, { records: records.get(id) ?? [], counted: ofTransaction.get(id) ?? [] }]),
  );
}

/** Ambiguous transactions with a record under one of the roots. */
export async function findAmbiguousTransactions(
  client: PoolClient,
  generation: number,
  roots: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    text: `select distinct found.id
           from unnest($2::uuid[]) as asked (root)
           cross join lateral (
             select id from metrics.ambiguous_transaction as held
             where held.root = asked.root and generation = $1 offset 0) as found`,
    values: [generation, plainArray(roots)],
  });
  return rows.map(({ id }) => id);
}
