/** Saves memberships before anything is folded, for the lookups that must see what hangs where after the batch. */
import type { PoolClient } from 'pg';
import type { MembershipUpdate } from '../core/memberships.ts';
import { plainArray } from './column-arrays.ts';

export async function saveMemberships(
  client: PoolClient,
  generation: number,
  updates: readonly MembershipUpdate[],
): Promise<void> {
  await client.query({
    text: `update metrics.identifier as identifier
           set version = saved.version, root = saved.root, profile = saved.profile, identifying = saved.identifying
           from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[])
             as saved (id, version, root, profile, identifying)
           where identifier.generation = $1 and identifier.id = saved.id and identifier.version < saved.version`,
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
