/** The queue of rechecks: rows only, so that adding one never waits for the worker that is busy with another. */
import type { PoolClient } from 'pg';
import type { Recheck } from '../core/resolve.ts';

export interface StoredRecheck extends Recheck {
  id: number;
  cursor: string | null;
}

export async function insertRechecks(client: PoolClient, rechecks: readonly Recheck[]): Promise<void> {
  if (rechecks.length === 0) return;
  await client.query({
    name: 'insert-rechecks',
    text: 'insert into identity.recheck (identifier, kind) select * from unnest($1::uuid[], $2::text[])',
    values: [rechecks.map(({ identifier }) => identifier), rechecks.map(({ kind }) => kind)],
  });
}

/** The oldest that no other process is working on, locked. */
export async function takeRecheck(client: PoolClient): Promise<StoredRecheck | null> {
  const { rows } = await client.query<{
    id: string;
    identifier: string;
    kind: Recheck['kind'];
    cursor: string | null;
  }>({
    text: 'select id, identifier, kind, cursor from identity.recheck order by id limit 1 for update skip locked',
  });
  const row = rows[0];
  return row ? { ...row, id: Number(row.id) } : null;
}

export async function advanceRecheck(client: PoolClient, id: number, cursor: string): Promise<void> {
  await client.query({
    text: 'update identity.recheck set cursor = $2 where id = $1',
    values: [id, cursor],
  });
}

export async function finishRecheck(client: PoolClient, id: number): Promise<void> {
  await client.query({
    text: 'delete from identity.recheck where id = $1',
    values: [id],
  });
}

export async function countRechecks(client: Pick<PoolClient, 'query'>): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) as count from identity.recheck');
  return Number(rows[0]?.count ?? 0);
}
