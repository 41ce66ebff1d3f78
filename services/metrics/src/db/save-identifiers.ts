/**
 * Saves memberships and histories of identifiers that are locked, hence exist. An upsert all the same: it finds each row by
 * the key, where the planner is free to join an UPDATE with `unnest` in ways that read the whole table for every row.
 */
import type { PoolClient } from 'pg';
import { encodeHistory } from '../core/history.ts';
import type { IdentifierState } from '../core/world.ts';
import { plainArray } from '@throughline/postgres';

export async function saveIdentifiers(
  client: PoolClient,
  generation: number,
  states: readonly IdentifierState[],
): Promise<void> {
  await client.query({
    name: 'save-identifiers',
    text: `insert into metrics.identifier
             (generation, id, version, root, profile, identifying, hung_identifying, own, hung)
           select $1, * from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[], $7::int[],
                                    $8::text[], $9::text[])
           on conflict (id, generation) do update
           set version = excluded.version, root = excluded.root, profile = excluded.profile,
               identifying = excluded.identifying, hung_identifying = excluded.hung_identifying,
               own = excluded.own, hung = excluded.hung`,
    values: [
      generation,
      plainArray(states.map((state) => state.id)),
      plainArray(states.map((state) => state.version)),
      plainArray(states.map((state) => state.root)),
      plainArray(states.map((state) => state.profile)),
      plainArray(states.map((state) => state.identifying)),
      plainArray(states.map((state) => state.hungIdentifying)),
      states.map((state) => encodeHistory(state.own)),
      states.map((state) => encodeHistory(state.hung)),
    ],
  });
}
