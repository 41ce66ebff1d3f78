/** Saves memberships before anything is folded, for the lookups that must see what hangs where after the batch. */
import type { PoolClient } from 'pg';
import type { MembershipUpdate } from '../core/memberships.ts';
import { plainArray } from '@throughline/postgres';

export async function saveMemberships(
  client: PoolClient,
  generation: number,
  updates: readonly MembershipUpdate[],
): Promise<void> {
  await client.query({
    name: 'save-memberships',
    text: `insert into metrics.identifier (generation, id, version, root, profile, identifying)
           select $1, * from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[])
           on conflict (id, generation) do update
           set version = excluded.version, root = excluded.root, profile = excluded.profile,
               identifying = excluded.identifying
           where identifier.version < excluded.version`,
    values: [
      generation,
      plainArray(updates.map((update) => update.identifier)),
      plainArray(updates.map((update) => update.version)),
      plainArray(updates.map((update) => update.root)),
      plainArray(updates.map((update) => update.profile)),
      plainArray(updates.map((update) => update.identifying)),
    ],
  });
}
