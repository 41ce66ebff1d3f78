/**
 * Creates identifiers that are not there yet, as the batch most likely leaves them, so that few need a second write. Waits for a process that is creating the same one.
 */
import type { PoolClient } from 'pg';
import type { IdentifierState } from '../core/loaded-identifiers.ts';
import { bigintArray, booleanArray, integerArray, textArray, uuidArray } from '@throughline/postgres';

/** @returns the ids that were new; the others were created by another process meanwhile */
export async function insertIdentifiers(
  client: PoolClient,
  generation: number,
  identifiers: readonly IdentifierState[],
): Promise<Set<string>> {
  const sorted = identifiers.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const { rows } = await client.query<{ id: string }>({
    name: 'insert-identifiers',
    text: `insert into metrics.identifier
             (generation, id, version, root, profile, identifying, attached_identifying, has_own, has_attached, ambiguous)
           select $1, * from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[], $7::int[],
                                    $8::boolean[], $9::boolean[], $10::text[])
           on conflict (id, generation) do nothing
           returning id`,
    values: [
      generation,
      uuidArray(sorted.map((identifier) => identifier.id)),
      bigintArray(sorted.map((identifier) => identifier.version)),
      uuidArray(sorted.map((identifier) => identifier.root)),
      uuidArray(sorted.map((identifier) => identifier.profile)),
      booleanArray(sorted.map((identifier) => identifier.identifying)),
      integerArray(sorted.map((identifier) => identifier.attachedIdentifying)),
      booleanArray(sorted.map((identifier) => identifier.hasOwn)),
      booleanArray(sorted.map((identifier) => identifier.hasAttached)),
      textArray(sorted.map((identifier) => identifier.ambiguous)),
    ],
  });
  return new Set(rows.map((row) => row.id));
}
