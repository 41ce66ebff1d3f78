/** Saves facts that are new. The primary key decides: a fact that is there already is left for `lockFacts`. */
import type { PoolClient } from 'pg';
import type { Fact } from '../core/fact.ts';
import { plainArray } from '@throughline/postgres';

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
      plainArray(sorted.map((fact) => fact.key)),
      plainArray(sorted.map((fact) => fact.identifier)),
      plainArray(sorted.map((fact) => fact.transaction)),
      plainArray(sorted.map((fact) => fact.amends)),
      plainArray(sorted.map((fact) => fact.assignmentVersion)),
      plainArray(sorted.map((fact) => `"${new Date(fact.at).toISOString()}"`)),
      plainArray(sorted.map((fact) => `"${new Date(fact.receivedAt).toISOString()}"`)),
      plainArray(sorted.map(({ numbers }) => numbers.amount)),
      plainArray(sorted.map(({ numbers }) => numbers.tax)),
      plainArray(sorted.map(({ numbers }) => numbers.discount)),
      plainArray(sorted.map(({ numbers }) => numbers.cost)),
      plainArray(sorted.map(({ numbers }) => numbers.units)),
      plainArray(sorted.map((fact) => fact.sentiment)),
      plainArray(sorted.map((fact) => fact.trust === 'server')),
      plainArray(sorted.map((fact) => fact.type)),
      plainArray(sorted.map((fact) => fact.role)),
      sorted.map((fact) => fact.source),
      sorted.map((fact) => fact.id),
      sorted.map((fact) => fact.name),
      sorted.map((fact) => fact.channel),
      plainArray(sorted.map(({ numbers }) => numbers.currency)),
      sorted.map(({ numbers }) => numbers.store),
      sorted.map(({ numbers }) => numbers.register),
      sorted.map((fact) => (fact.properties === null ? null : JSON.stringify(fact.properties))),
      sorted.map((fact) => fact.details),
    ],
  });
  return new Set(rows.map((row) => row.key));
}
