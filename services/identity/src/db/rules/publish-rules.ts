/** What a switch of the rules has to publish: read from both sets of tables, page by page. */
import { bigintArray, booleanArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { IdentifierState } from '../../core/identifier-state.ts';
import type { BlockPlace } from '../find-accepted-touchpoints.ts';

const zeroId = '00000000-0000-0000-0000-000000000000';

/** Of either set, by id. */
export async function findSwitchedIds(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from (
       (select id from identity.identifier where id > $1 order by id limit $2)
       union (select id from identity.former_identifier where id > $1 order by id limit $2)) as either
     order by id limit $2`,
    [after ?? zeroId, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Identifiers that no touchpoint mentions any more have no row by the new rules. They get one, because their versions must go
 * on ascending.
 */
export async function insertForgotten(client: PoolClient, ids: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `insert into identity.identifier select f.* from identity.former_identifier f
     where f.id = any($1::uuid[]) and not exists (select from identity.identifier i where i.id = f.id)
     returning id`,
    [uuidArray(ids)],
  );
  if (rows.length === 0) return;
  await client.query(
    `update identity.identifier set first_server_at = null, first_public_at = null, first_seen_at = null,
       last_seen_at = null, touchpoint_count = 0, first_touchpoint_at = null, last_touchpoint_at = null, known = false,
       linked = false, shared_level = 0, degrees = null, parent = null, root = id, profile = id, bound_stage = 0,
       renamed = null
     where id = any($1::uuid[])`,
    [uuidArray(rows.map(({ id }) => id))],
  );
}

/** Of these, those that nothing mentions. */
export async function findForgotten(client: PoolClient, ids: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'select id from identity.identifier where id = any($1::uuid[]) and first_seen_at is null',
    [uuidArray(ids)],
  );
  return rows.map(({ id }) => id);
}

export async function saveRenamed(client: PoolClient, renamed: ReadonlyMap<string, string>): Promise<void> {
  if (renamed.size === 0) return;
  await client.query(
    `update identity.identifier i set renamed = r.other from unnest($1::uuid[], $2::uuid[]) as r (id, other)
     where i.id = r.id`,
    [uuidArray([...renamed.keys()]), uuidArray([...renamed.values()])],
  );
}

/** Their versions, and whether the stream knows them. */
export async function saveSwitched(client: PoolClient, states: readonly IdentifierState[]): Promise<void> {
  await client.query(
    `update identity.identifier i set version = s.version, published = s.published
     from unnest($1::uuid[], $2::bigint[], $3::boolean[]) as s (id, version, published)
     where i.id = s.id and (i.version, i.published) is distinct from (s.version, s.published)`,
    [
      uuidArray(states.map(({ id }) => id)),
      bigintArray(states.map(({ version }) => version)),
      booleanArray(states.map(({ published }) => published)),
    ],
  );
}

export interface MovedTouchpoint extends BlockPlace {
  primary: string;
  assignmentVersion: number;
  formerPrimary: string;
  formerVersion: number;
}

/**
 * Of the next touchpoints those that belong to another identifier than before. The others get the version that was published of
 * them.
 */
export async function findMovedTouchpoints(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<{ moved: MovedTouchpoint[]; next: string | null }> {
  const page = await client.query<{ last: string | null; seen: number }>(
    `select max(key::text) as last, count(*)::integer as seen
     from (select key from identity.former_touchpoint where key > $1 order by key limit $2) as page`,
    [after ?? zeroId, limit],
  );
  const { last = null, seen = 0 } = page.rows[0] ?? {};
  if (last === null) return { moved: [], next: null };
  const range = [after ?? zeroId, last];
  await client.query(
    `update identity.touchpoint t set assignment_version = f.assignment_version from identity.former_touchpoint f
     where f.key > $1 and f.key <= $2 and t.key = f.key and t.primary_identifier = f.primary_identifier
       and t.assignment_version < f.assignment_version`,
    range,
  );
  const { rows } = await client.query<
    BlockPlace & { primary: string; current: string; formerPrimary: string; former: string }
  >(
    `select t.key, t.block, t.place, t.primary_identifier as primary, t.assignment_version as current,
       f.primary_identifier as "formerPrimary", f.assignment_version as former
     from identity.former_touchpoint f join identity.touchpoint t on t.key = f.key
     where f.key > $1 and f.key <= $2 and t.primary_identifier <> f.primary_identifier order by t.key`,
    range,
  );
  const moved = rows.map(({ current, former, ...row }) => ({
    ...row,
    assignmentVersion: Number(current),
    formerVersion: Number(former),
  }));
  return { moved, next: seen < limit ? null : last };
}
