/** Names the identifiers whose profiles the change feed has to publish, in the transaction of the change. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

export async function insertChangedMembers(
  client: PoolClient,
  identifiers: readonly string[],
): Promise<void> {
  if (identifiers.length === 0) return;
  await client.query({
    name: 'insert-changed-members',
    text: 'insert into identity.changed_member (identifier) select * from unnest($1::uuid[])',
    values: [uuidArray(identifiers)],
  });
}

/** Takes those that were named first; one of a transaction that commits later comes with a later page. */
export async function takeChangedMembers(client: PoolClient, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ identifier: string }>({
    name: 'take-changed-members',
    text: `delete from identity.changed_member where id = any(array(
             select id from identity.changed_member order by id limit $1)) returning identifier`,
    values: [limit],
  });
  return rows.map(({ identifier }) => identifier);
}

export async function hasChangedMembers(client: Pick<PoolClient, 'query'>): Promise<boolean> {
  const { rows } = await client.query<{ id: string }>('select id from identity.changed_member limit 1');
  return rows.length > 0;
}
