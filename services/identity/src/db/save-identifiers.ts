/** Writes new and changed identifiers, sorted by id so that two batches never wait for each other in a circle. */
import { plainArray, RetryTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { defaultLimits, type IdentifierState, sharedLevel } from '../core/identifier-state.ts';

const arrays = `$1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::integer[],
  $7::timestamptz[], $8::timestamptz[], $9::boolean[], $10::boolean[], $11::smallint[], $12::jsonb[], $13::uuid[],
  $14::uuid[], $15::uuid[], $16::smallint[], $17::bigint[], $18::boolean[], $19::boolean[]`;

const names = `id, first_server_at, first_public_at, first_seen_at, last_seen_at, touchpoint_count,
  first_touchpoint_at, last_touchpoint_at, known, linked, shared_level, degrees, parent,
  root, profile, bound_stage, version, published, vouched`;

function columnsOf(states: readonly IdentifierState[]): unknown[] {
  return [
    plainArray(states.map((state) => state.id)),
    plainArray(states.map((state) => state.firstServerAt)),
    plainArray(states.map((state) => state.firstPublicAt)),
    plainArray(states.map((state) => state.firstSeenAt)),
    plainArray(states.map((state) => state.lastSeenAt)),
    plainArray(states.map((state) => state.touchpointCount)),
    plainArray(states.map((state) => state.firstTouchpointAt)),
    plainArray(states.map((state) => state.lastTouchpointAt)),
    plainArray(states.map((state) => state.known)),
    plainArray(states.map((state) => state.linked)),
    plainArray(states.map((state) => sharedLevel(state, defaultLimits))),
    states.map((state) => (Object.keys(state.degrees).length === 0 ? null : JSON.stringify(state.degrees))),
    plainArray(states.map((state) => state.parent)),
    plainArray(states.map((state) => state.root)),
    plainArray(states.map((state) => state.profile)),
    plainArray(states.map((state) => state.boundStage)),
    plainArray(states.map((state) => state.version)),
    plainArray(states.map((state) => state.published)),
    plainArray(states.map((state) => state.vouched)),
  ];
}

/** @param states sorted by id. Throws `RetryTransaction` when another batch has made one of them meanwhile. */
export async function insertIdentifiers(
  client: PoolClient,
  states: readonly IdentifierState[],
  valueOf: ReadonlyMap<string, string>,
): Promise<void> {
  if (states.length === 0) return;
  const result = await client.query({
    name: 'insert-identifiers',
    text: `insert into identity.identifier (${names}, type, value, blocked)
           select * from unnest(${arrays}, $20::text[], $21::text[], $22::boolean[])
           on conflict (id) do nothing`,
    values: [
      ...columnsOf(states),
      states.map((state) => state.type),
      states.map((state) => valueOf.get(state.id) ?? ''),
      plainArray(states.map((state) => state.blocked)),
    ],
  });
  if (result.rowCount !== states.length)
    throw new RetryTransaction('another batch made one of the new identifiers');
}

export async function updateIdentifiers(
  client: PoolClient,
  states: readonly IdentifierState[],
): Promise<void> {
  if (states.length === 0) return;
  await client.query({
    text: `update identity.identifier i set
             first_server_at = n.first_server_at, first_public_at = n.first_public_at,
             first_seen_at = n.first_seen_at, last_seen_at = n.last_seen_at, touchpoint_count = n.touchpoint_count,
             first_touchpoint_at = n.first_touchpoint_at, last_touchpoint_at = n.last_touchpoint_at,
             known = n.known, linked = n.linked, shared_level = n.shared_level, degrees = n.degrees, parent = n.parent,
             root = n.root, profile = n.profile, bound_stage = n.bound_stage, version = n.version,
             published = n.published, vouched = n.vouched
           from unnest(${arrays}) as n (${names}) where i.id = n.id`,
    values: columnsOf(states),
  });
}
