/** Saves facts that are new. The primary key decides: a fact that is there already is left for `lockFacts`. */
import type { PoolClient } from 'pg';
import type { Fact } from '../core/fact.ts';
import {
  bigintArray,
  booleanArray,
  instantArray,
  plainArray,
  textArray,
  uuidArray,
} from '@throughline/postgres';

/** @returns the keys of those that were new */
export async function insertFacts(client: PoolClient, facts: readonly Fact[]): Promise<Set<string>> {
  const sorted = facts.toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const { rows } = await client.query<{ key: string }>({
    name: 'insert-facts',
    text: `insert into metrics.fact
             (key, identifier, transaction, amends, assignment_version, occurred_at, received_at, amount, tax, discount,
              cost, units, sentiment, by_server, type, role, source, touchpoint_id, name, channel, currency, store,
              register, properties, details)
           select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[],
              $7::timestamptz[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::float8[],
              $14::boolean[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
              $22::text[], $23::text[], $24::text[], $25::text[])
           on conflict (key) do nothing
           returning key`,
    values: [
      uuidArray(sorted.map((fact) => fact.key)),
      uuidArray(sorted.map((fact) => fact.identifier)),
      uuidArray(sorted.map((fact) => fact.transaction)),
      uuidArray(sorted.map((fact) => fact.amends)),
      bigintArray(sorted.map((fact) => fact.assignmentVersion)),
      instantArray(sorted.map((fact) => fact.at)),
      instantArray(sorted.map((fact) => fact.receivedAt)),
      bigintArray(sorted.map(({ numbers }) => numbers.amount)),
      bigintArray(sorted.map(({ numbers }) => numbers.tax)),
      bigintArray(sorted.map(({ numbers }) => numbers.discount)),
      bigintArray(sorted.map(({ numbers }) => numbers.cost)),
      bigintArray(sorted.map(({ numbers }) => numbers.units)),
      plainArray(sorted.map((fact) => fact.sentiment)),
      booleanArray(sorted.map((fact) => fact.trust === 'server')),
      textArray(sorted.map((fact) => fact.type)),
      textArray(sorted.map((fact) => fact.role)),
      textArray(sorted.map((fact) => fact.source)),
      textArray(sorted.map((fact) => fact.id)),
      textArray(sorted.map((fact) => fact.name)),
      textArray(sorted.map((fact) => fact.channel)),
      textArray(sorted.map(({ numbers }) => numbers.currency)),
      textArray(sorted.map(({ numbers }) => numbers.store)),
      textArray(sorted.map(({ numbers }) => numbers.register)),
      textArray(sorted.map((fact) => (fact.properties === null ? null : JSON.stringify(fact.properties)))),
      textArray(sorted.map((fact) => fact.details)),
    ],
  });
  return new Set(rows.map((row) => row.key));
}
