/**
 * Saves memberships of identifiers that are locked, hence exist. An upsert all the same: it finds each row by the key, where
 * the planner is free to join an UPDATE with `unnest` in ways that read the whole table for every row.
 */
import type { PoolClient } from 'pg';
import type { IdentifierState } from '../core/loaded-identifiers.ts';
import { bigintArray, booleanArray, integerArray, textArray, uuidArray } from '@throughline/postgres';

export async function saveIdentifiers(
  client: PoolClient,
  generation: number,
  states: readonly IdentifierState[],
): Promise<void> {
  if (states.length === 0) return;
  await client.query({
    name: 'save-identifiers',
    text: `insert into metrics.identifier
             (generation, id, version, root, profile, identifying, attached_identifying, has_own, has_attached, ambiguous)
           select $1, * from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[], $7::int[],
                                    $8::boolean[], $9::boolean[], $10::text[])
           on conflict (id, generation) do update
           set version = excluded.version, root = excluded.root, profile = excluded.profile,
               identifying = excluded.identifying, attached_identifying = excluded.attached_identifying,
               has_own = excluded.has_own, has_attached = excluded.has_attached, ambiguous = excluded.ambiguous`,
    values: [
      generation,
      uuidArray(states.map((state) => state.id)),
      bigintArray(states.map((state) => state.version)),
      uuidArray(states.map((state) => state.root)),
      uuidArray(states.map((state) => state.profile)),
      booleanArray(states.map((state) => state.identifying)),
      integerArray(states.map((state) => state.attachedIdentifying)),
      booleanArray(states.map((state) => state.hasOwn)),
      booleanArray(states.map((state) => state.hasAttached)),
      textArray(states.map((state) => state.ambiguous)),
    ],
  });
}
