/** What came while a version of the rules is in work: it is worked out by that version too, before it is put in force. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

/** `erasure`: touchpoints have gone, so the work begins again. */
export type BacklogKind = 'touchpoint' | 'decision' | 'withdrawn' | 'erasure';

export interface BacklogItem {
  id: string;
  kind: BacklogKind;
  key: string;
}

export async function insertBacklog(
  client: PoolClient,
  kind: BacklogKind,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await client.query({
    name: 'insert-rules-backlog',
    text: 'insert into identity.rules_backlog (kind, key) select $1, key from unnest($2::uuid[]) as t (key)',
    values: [kind, uuidArray(keys)],
  });
}

/**
 * The oldest. Ids are drawn before their transactions commit, so what is read is deleted by id, and what commits later with
 * a smaller id is simply read later: its order does not matter, but for a decision and its withdrawal, which lock each other out.
 */
export async function loadBacklog(client: PoolClient, limit: number): Promise<BacklogItem[]> {
  const { rows } = await client.query<BacklogItem>(
    'select id, kind, key from identity.rules_backlog order by id limit $1',
    [limit],
  );
  return rows;
}

export async function deleteBacklog(client: PoolClient, items: readonly BacklogItem[]): Promise<void> {
  await client.query('delete from identity.rules_backlog where id = any($1::bigint[])', [
    items.map(({ id }) => id),
  ]);
}

/** Of a version that is no longer in work. */
export async function clearWork(client: PoolClient): Promise<void> {
  await client.query('delete from identity.rules_backlog');
  await client.query('delete from identity.rules_change');
}

export async function countBacklog(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::integer as count from (select from identity.rules_backlog limit 10000) as counted',
  );
  return rows[0]?.count ?? 0;
}
