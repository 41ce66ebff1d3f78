/** Saves memberships and histories of identifiers that are locked. */
import type { PoolClient } from 'pg';
import { encodeHistory } from '../core/history.ts';
import type { IdentifierState } from '../core/world.ts';
import { plainArray } from './column-arrays.ts';

export async function saveIdentifiers(
  client: PoolClient,
  generation: number,
  states: readonly IdentifierState[],
): Promise<void> {
  await client.query({
    text: `update metrics.identifier as identifier
           set version = saved.version, root = saved.root, profile = saved.profile, identifying = saved.identifying,
               hung_identifying = saved.hung_identifying, own = saved.own, hung = saved.hung
           from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[], $7::int[], $8::text[],
                       $9::text[])
             as saved (id, version, root, profile, identifying, hung_identifying, own, hung)
           where identifier.generation = $1 and identifier.id = saved.id`,
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
