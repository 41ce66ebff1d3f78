/** Writes new and changed identifiers, sorted by id so that two batches never wait for each other in a circle. */
import {
  bigintArray,
  booleanArray,
  integerArray,
  RetryTransaction,
  smallintArray,
  textArray,
  timestampArray,
  uuidArray,
} from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { type IdentifierState, type ResolutionLimits, sharedLevel } from '../core/identifier-state.ts';

const countArrays = `$1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::integer[],
  $7::timestamptz[], $8::timestamptz[], $9::text[]`;

const countNames = `id, first_server_at, first_public_at, first_seen_at, last_seen_at, touchpoint_count,
  first_touchpoint_at, last_touchpoint_at, original`;

const arrays = `${countArrays}, $10::boolean[], $11::boolean[], $12::smallint[], $13::text[], $14::uuid[], $15::uuid[],
  $16::uuid[], $17::smallint[], $18::bigint[], $19::boolean[], $20::boolean[]`;

const names = `${countNames}, known, linked, shared_level, degrees, parent,
  root, profile, bound_stage, version, published, vouched`;

/** An array of jsonb has no binary form that is worth making. */
const selected = names.replace('degrees', 'degrees::jsonb');

function countColumns(states: readonly IdentifierState[]): Buffer[] {
  return [
    uuidArray(states.map((state) => state.id)),
    timestampArray(states.map((state) => state.firstServerAt)),
    timestampArray(states.map((state) => state.firstPublicAt)),
    timestampArray(states.map((state) => state.firstSeenAt)),
    timestampArray(states.map((state) => state.lastSeenAt)),
    integerArray(states.map((state) => state.touchpointCount)),
    timestampArray(states.map((state) => state.firstTouchpointAt)),
    timestampArray(states.map((state) => state.lastTouchpointAt)),
    textArray(states.map((state) => state.original)),
  ];
}

function columnsOf(states: readonly IdentifierState[], limits: ResolutionLimits): Buffer[] {
  return [
    ...countColumns(states),
    booleanArray(states.map((state) => state.known)),
    booleanArray(states.map((state) => state.linked)),
    smallintArray(states.map((state) => sharedLevel(state, limits))),
    textArray(
      states.map(({ degrees }) => (Object.keys(degrees).length === 0 ? null : JSON.stringify(degrees))),
    ),
    uuidArray(states.map((state) => state.parent)),
    uuidArray(states.map((state) => state.root)),
    uuidArray(states.map((state) => state.profile)),
    smallintArray(states.map((state) => state.boundStage)),
    bigintArray(states.map((state) => state.version)),
    booleanArray(states.map((state) => state.published)),
    booleanArray(states.map((state) => state.vouched)),
  ];
}

/** @param states sorted by id. Throws `RetryTransaction` when another batch has made one of them meanwhile. */
export async function insertIdentifiers(
  client: PoolClient,
  states: readonly IdentifierState[],
  valueOf: ReadonlyMap<string, string>,
  limits: ResolutionLimits,
): Promise<void> {
  if (states.length === 0) return;
  const result = await client.query({
    name: 'insert-identifiers',
    text: `insert into identity.identifier (${names}, type, value, blocked)
           select ${selected}, type, value, blocked
           from unnest(${arrays}, $21::text[], $22::text[], $23::boolean[]) as n (${names}, type, value, blocked)
           on conflict (id) do nothing`,
    values: [
      ...columnsOf(states, limits),
      textArray(states.map((state) => state.type)),
      textArray(states.map((state) => valueOf.get(state.id) ?? '')),
      booleanArray(states.map((state) => state.blocked)),
    ],
  });
  if (result.rowCount !== states.length)
    throw new RetryTransaction('another batch made one of the new identifiers');
}

export async function updateIdentifiers(
  client: PoolClient,
  states: readonly IdentifierState[],
  limits: ResolutionLimits,
): Promise<void> {
  if (states.length === 0) return;
  await client.query({
    name: 'update-identifiers',
    text: `update identity.identifier i set ${assignments(names, ['degrees'])}, degrees = n.degrees::jsonb
           from unnest(${arrays}) as n (${names}) where i.id = n.id`,
    values: columnsOf(states, limits),
  });
}

/** Of identifiers of which only what mentions them has changed: most of a batch. */
export async function updateCounts(client: PoolClient, states: readonly IdentifierState[]): Promise<void> {
  if (states.length === 0) return;
  await client.query({
    name: 'update-identifier-counts',
    text: `update identity.identifier i set ${assignments(countNames)}
           from unnest(${countArrays}) as n (${countNames}) where i.id = n.id`,
    values: countColumns(states),
  });
}

/** Of identifiers that nothing mentioned until now, or that nothing mentions any more. */
export async function saveValues(
  client: PoolClient,
  values: readonly { id: string; value: string; blocked: boolean }[],
): Promise<void> {
  if (values.length === 0) return;
  await client.query({
    text: `update identity.identifier i set value = n.value, blocked = n.blocked
           from unnest($1::uuid[], $2::text[], $3::boolean[]) as n (id, value, blocked) where i.id = n.id`,
    values: [
      uuidArray(values.map(({ id }) => id)),
      textArray(values.map(({ value }) => value)),
      booleanArray(values.map(({ blocked }) => blocked)),
    ],
  });
  await forgetFormerNames(
    client,
    values.flatMap(({ id, value }) => (value === '' ? [id] : [])),
  );
}

/** What nothing mentions any more has no names by other rules either. */
async function forgetFormerNames(client: PoolClient, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query({
    text: `update identity.identifier set value = '', original = null, renamed = null
           where renamed = any($1::uuid[]) and first_seen_at is null`,
    values: [uuidArray(ids)],
  });
}

function assignments(columns: string, except: readonly string[] = []): string {
  return columns
    .split(/,\s*/)
    .filter((name) => name !== 'id' && !except.includes(name))
    .map((name) => `${name} = n.${name}`)
    .join(', ');
}
