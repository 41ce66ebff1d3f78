/** The touchpoints that a version in work is evaluated on: read block by block, as they were written. */
import type { AcceptedTouchpoint } from '@throughline/contracts';
import { textArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { decodeBlock } from '../touchpoint-block.ts';

const zeroId = '00000000-0000-0000-0000-000000000000';

export interface BlockPage {
  texts: string[];
  /** Null at the end. */
  next: string | null;
}

export async function loadBlocks(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<BlockPage> {
  const { rows } = await client.query<{ id: string; payload: Buffer }>({
    name: 'load-blocks-in-order',
    text: 'select id, payload from identity.touchpoint_block where id > $1 order by id limit $2',
    values: [after ?? zeroId, limit],
  });
  const texts = rows.flatMap(({ payload }) => decodeBlock(payload)).filter((text) => text !== '');
  return { texts, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
}

export function readRecord(text: string): AcceptedTouchpoint {
  return JSON.parse(text) as AcceptedTouchpoint;
}

/** Of these keys, the members of the set that the version has not seen yet. */
export async function findUnseen(client: PoolClient, keys: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ key: string }>({
    name: 'find-unseen-touchpoints',
    text: `select t.key from identity.touchpoint t where t.key = any($1::uuid[])
             and t.identifiers is not null
             and not exists (select from identity.draft_touchpoint d where d.key = t.key)`,
    values: [uuidArray(keys)],
  });
  return new Set(rows.map(({ key }) => key));
}

/** Copies the rows; what they belong to is the version's own. */
/** @param named what the version calls their identifiers; null where that is what they are called anyway */
export async function insertDraftTouchpoints(
  client: PoolClient,
  assigned: readonly { key: string; primary: string }[],
  named: readonly { key: string; identifiers: readonly string[] }[] | null,
): Promise<void> {
  if (assigned.length === 0) return;
  const keys = uuidArray(assigned.map(({ key }) => key));
  await client.query({
    name: 'copy-touchpoints',
    text: 'insert into identity.draft_touchpoint select * from identity.touchpoint where key = any($1::uuid[])',
    values: [keys],
  });
  await client.query({
    name: 'assign-draft-touchpoints',
    text: `update identity.draft_touchpoint t set primary_identifier = a.identifier, assignment_version = 0
           from unnest($1::uuid[], $2::uuid[]) as a (key, identifier) where t.key = a.key`,
    values: [keys, uuidArray(assigned.map(({ primary }) => primary))],
  });
  if (named === null) return;
  // What erasures have struck out keeps the names that they had for it.
  await client.query({
    text: `update identity.draft_touchpoint t set identifiers = n.ids,
             counted = case when t.counted is not null then
               array(select unnest(t.counted) except select unnest(t.identifiers)) || n.ids end
           from (select key, ids::uuid[] as ids from unnest($1::uuid[], $2::text[]) as given (key, ids)) as n
           where t.key = n.key`,
    values: [
      uuidArray(named.map(({ key }) => key)),
      textArray(named.map(({ identifiers }) => `{${identifiers.join(',')}}`)),
    ],
  });
}

/** Of these keys, or of the next ones, those of which an erasure has left nothing else: they stay members of the set. */
export async function copyErased(client: PoolClient, keys: readonly string[]): Promise<void> {
  await client.query({
    name: 'copy-erased-touchpoints',
    text: `insert into identity.draft_touchpoint select t.* from identity.touchpoint t
           where t.key = any($1::uuid[]) and t.identifiers is null on conflict (key) do nothing`,
    values: [uuidArray(keys)],
  });
}

/** Returns the last that was looked at; null at the end. */
export async function copyNextErased(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<string | null> {
  const { rows } = await client.query<{ key: string }>({
    name: 'find-next-touchpoint-keys',
    text: 'select key from identity.touchpoint where key > $1 order by key limit $2',
    values: [after ?? zeroId, limit],
  });
  const keys = rows.map(({ key }) => key);
  await copyErased(client, keys);
  return rows.length < limit ? null : (keys.at(-1) ?? null);
}
