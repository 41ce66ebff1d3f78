/** Saves facts that are new. The primary key decides: a fact that is there already is left for `lockFacts`. */
import type { PoolClient } from 'pg';
import type { Fact } from '../core/fact.ts';
import { plainArray } from '@throughline/postgres';

/** @returns the keys of those that were new */
export async function insertFacts(
  client: PoolClient,
  generation: number,
  facts: readonly Fact[],
): Promise<Set<string>> {
  const sorted = facts.toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const { rows } = await client.query<{ key: string }>({
    name: 'insert-facts',
    text: `insert into metrics.fact
             (generation, key, identifier, transaction, assignment_version, occurred_at, received_at, ranked_at,
              amount, sentiment, day, type, name, source, touchpoint_id, channel, trust, role, stage, currency, properties)
           select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[],
              $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::float8[], $11::int[], $12::text[], $13::text[],
              $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[])
           on conflict (key, generation) do nothing
           returning key`,
    values: [
      generation,
      plainArray(sorted.map((fact) => fact.key)),
      plainArray(sorted.map((fact) => fact.identifier)),
      plainArray(sorted.map((fact) => fact.transaction)),
      plainArray(sorted.map((fact) => fact.assignmentVersion)),
      plainArray(sorted.map((fact) => `"${new Date(fact.at).toISOString()}"`)),
      plainArray(sorted.map((fact) => `"${new Date(fact.receivedAt).toISOString()}"`)),
      plainArray(sorted.map((fact) => `"${new Date(fact.rankedAt).toISOString()}"`)),
      plainArray(sorted.map((fact) => fact.amount)),
      plainArray(sorted.map((fact) => fact.sentiment)),
      plainArray(sorted.map((fact) => fact.day)),
      plainArray(sorted.map((fact) => fact.type)),
      sorted.map((fact) => fact.name),
      sorted.map((fact) => fact.source),
      sorted.map((fact) => fact.id),
      sorted.map((fact) => fact.channel),
      plainArray(sorted.map((fact) => fact.trust)),
      plainArray(sorted.map((fact) => fact.role)),
      sorted.map((fact) => fact.stage),
      plainArray(sorted.map((fact) => fact.currency)),
      sorted.map((fact) => (fact.properties === null ? null : JSON.stringify(fact.properties))),
    ],
  });
  return new Set(rows.map((row) => row.key));
}
