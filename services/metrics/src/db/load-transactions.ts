/**
 * Transactions with their records and with what is counted of them, under the locks of their identifiers' rows. Of each role
 * the records that go first: of sales as many as can count, of what takes a sale back the most trusted one.
 */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { LoadedTransaction } from '../core/decide-transactions.ts';
import type { SeriesCatalog } from '../core/series.ts';
import { maxTransactionSales, type CountedRecord } from '../core/transaction.ts';
import { ofGeneration } from './of-generation.ts';
import { transactionRecordOf, type TransactionFact } from '../core/transaction-record.ts';

type Row = Omit<TransactionFact, 'rankedAt' | 'properties'> & {
  transaction: string;
  rankedAt: Date;
  properties: string | null;
};

export async function loadTransactions(
  client: PoolClient,
  { generation, catalog }: { generation: number; catalog: SeriesCatalog },
  ids: readonly string[],
): Promise<Map<string, LoadedTransaction>> {
  const facts = await client.query<Row>({
    text: `select asked.id as transaction, found.*
           from unnest($2::uuid[]) as asked (id)
           cross join (values ('sale', $3::int), ('void', 1), ('cancellation', 1)) as roles (role, most)
           cross join lateral (
             select key, identifier, day, role, trust, ranked_at as "rankedAt", source, touchpoint_id as id, type, name,
                    channel, stage, sentiment, properties
             from metrics.fact
             where fact.transaction = asked.id and fact.role = roles.role and ${ofGeneration}
             order by trust desc, ranked_at, source collate "C", touchpoint_id collate "C"
             limit roles.most) as found`,
    values: [generation, plainArray(ids), maxTransactionSales],
  });
  const counted = await client.query<CountedRecord>({
    text: `select held.id as transaction, held.activity, held.key, held.identifier, held.day
           from unnest($2::uuid[]) as asked (id)
           cross join lateral (
             select * from metrics.transaction where transaction.id = asked.id and ${ofGeneration} offset 0) as held`,
    values: [generation, plainArray(ids)],
  });
  const records = Map.groupBy(
    facts.rows.map(({ transaction, ...row }) =>
      transactionRecordOf(catalog, transaction, {
        ...row,
        rankedAt: row.rankedAt.getTime(),
        properties: row.properties === null ? null : (JSON.parse(row.properties) as Record<string, unknown>),
      }),
    ),
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
