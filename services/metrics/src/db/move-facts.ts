/** Moves facts, locked by `lockFacts`, to the identifiers that newer assignments name. */
import type { PoolClient } from 'pg';
import type { Fact } from '../core/fact.ts';
import { plainArray } from '@throughline/postgres';

export async function moveFacts(
  client: PoolClient,
  generation: number,
  facts: readonly Fact[],
): Promise<void> {
  await client.query({
    text: `update metrics.fact as fact
           set identifier = moved.identifier, assignment_version = moved.version
           from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[]) as moved (generation, key, identifier, version)
           where (fact.key, fact.generation) = (moved.key, moved.generation)`,
    values: [
      plainArray(facts.map(() => generation)),
      plainArray(facts.map((fact) => fact.key)),
      plainArray(facts.map((fact) => fact.identifier)),
      plainArray(facts.map((fact) => fact.assignmentVersion)),
    ],
  });
}
