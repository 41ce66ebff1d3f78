/**
 * Transactions with their records and with what is counted of them, under the locks of their identifiers' rows. Of each role
 * the records that go first: of sales as many as can count, of what takes a sale back the most trusted one.
 */
import type { Trust } from '@throughline/contracts';
import { allOrCause, plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { AmendingRefund, LoadedTransaction } from '../core/decide-transactions.ts';
import type { FactContent } from '../core/fact.ts';
import { placeFact, type FactPlacing } from '../core/place-fact.ts';
import { salesPlaceOf, salesSumsOf, type CountedRole } from '../core/sales-sums.ts';
import type { TransactionNumbers } from '../core/transaction-numbers.ts';
import { maxTransactionSales, type CountedRecord } from '../core/transaction.ts';
import { ofGeneration } from './of-generation.ts';
import { transactionRecordOf } from '../core/transaction-record.ts';

const numberColumns = 'amount, tax, discount, cost, units, currency, store, register';

const factColumns = `key, identifier, transaction as number, amends, role, case when by_server then 'server' else 'public' end as trust, occurred_at as at,
  received_at as "receivedAt", source, touchpoint_id as id, type, name, channel, sentiment, properties, ${numberColumns}`;

const countedColumns = `fact.key, fact.role, case when fact.by_server then 'server' else 'public' end as trust, fact.channel,
  ${numberColumns}`;

interface CountedRow extends TransactionNumbers {
  transaction: string;
  activity: number;
  identifier: string;
  day: number;
  key: string;
  role: CountedRole;
  trust: Trust;
  channel: string | null;
}

function toCounted(row: CountedRow): CountedRecord {
  const { transaction, activity, identifier, day, key, role } = row;
  const sums = salesSumsOf(role, row);
  return { transaction, activity, identifier, day, key, role, sums, place: salesPlaceOf(row, row) };
}

type Row = Omit<FactContent, 'at' | 'receivedAt' | 'properties'> &
  TransactionNumbers & {
    /** That is asked for; `number` is the fact's own. */
    transaction: string;
    number: string | null;
    amends: string | null;
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
  const findingFacts = client.query<Row>({
    name: 'load-transaction-records',
    text: `select asked.id as transaction, found.*
           from unnest($1::uuid[]) as asked (id)
           cross join (values ('sale', $2::int), ('refund', $2), ('void', 1), ('cancellation', 1)) as roles (role, most)
           cross join lateral (
             select ${factColumns} from metrics.fact
             where fact.transaction = asked.id and fact.role = roles.role
             order by by_server desc, (case when by_server then occurred_at else received_at end),
                      source collate "C", touchpoint_id collate "C"
             limit roles.most) as found
           union all
           select asked.id, undoing.*
           from unnest($1::uuid[]) as asked (id)
           cross join (values ('void'), ('cancellation')) as roles (role)
           cross join lateral (
             select ${factColumns} from metrics.fact
             where fact.amends = asked.id and fact.role = roles.role
             order by by_server desc
             limit 1) as undoing`,
    values: [plainArray(ids), maxTransactionSales],
  });
  const findingCounted = client.query<CountedRow>({
    name: 'load-counted-records',
    text: `select held.id as transaction, held.activity, held.identifier, held.day, ${countedColumns}
           from unnest($2::uuid[]) as asked (id)
           cross join lateral (
             select * from metrics.transaction where transaction.id = asked.id and ${ofGeneration} offset 0) as held
           join metrics.fact on fact.key = held.key`,
    values: [generation, plainArray(ids)],
  });
  const findingRefunds = client.query<Row & { countedFor: number[] }>({
    name: 'load-amending-refunds',
    text: amendingStatement,
    values: [generation, plainArray(ids), maxTransactionSales],
  });
  const [facts, counted, refunds] = await allOrCause([findingFacts, findingCounted, findingRefunds]);
  const toRecord = ({ transaction, ...row }: Row) => {
    const fact = toContent(row);
    return transactionRecordOf(transaction, fact, placeFact(placing, fact));
  };
  const records = Map.groupBy(facts.rows.map(toRecord), ({ transaction }) => transaction);
  const ofTransaction = Map.groupBy(counted.rows.map(toCounted), ({ transaction }) => transaction);
  const amending = Map.groupBy(
    refunds.rows.map((row): AmendingRefund => {
      const record = toRecord(row);
      return {
        ...record,
        number: row.number,
        countedFor: row.number === null ? record.activities : row.countedFor,
      };
    }),
    ({ transaction }) => transaction,
  );
  return new Map(
    ids.map((id) => [
      id,
      {
        records: records.get(id) ?? [],
        counted: ofTransaction.get(id) ?? [],
        amending: amending.get(id) ?? [],
      },
    ]),
  );
}

/** Refunds under other numbers, and what is counted of them: read under the lock of the transaction that they amend. */
const amendingStatement = `
  select asked.id as transaction, found.*, array(
    select held.activity from metrics.transaction as held
    where held.id = found.number and held.key = found.key and ${ofGeneration}) as "countedFor"
  from unnest($2::uuid[]) as asked (id)
  cross join lateral (
    select ${factColumns} from metrics.fact
    where fact.amends = asked.id and fact.role = 'refund'
    order by by_server desc, (case when by_server then occurred_at else received_at end),
             source collate "C", touchpoint_id collate "C"
    limit $3) as found`;

function toContent(row: Omit<Row, 'transaction'>) {
  return {
    ...row,
    at: row.at.getTime(),
    receivedAt: row.receivedAt.getTime(),
    numbers: row,
    properties: row.properties === null ? null : (JSON.parse(row.properties) as Record<string, unknown>),
  };
}

/** Ambiguous transactions with a record under one of the roots. */
export async function findAmbiguousTransactions(
  client: PoolClient,
  generation: number,
  roots: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    name: 'find-ambiguous-transactions',
    text: `select distinct found.id
           from unnest($2::uuid[]) as asked (root)
           cross join lateral (
             select id from metrics.ambiguous_transaction as held
             where held.root = asked.root and generation = $1 offset 0) as found`,
    values: [generation, plainArray(roots)],
  });
  return rows.map(({ id }) => id);
}
