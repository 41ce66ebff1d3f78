/**
 * Takes the ids of what an erasure took out of the changes of shares and sales: in their place are ids that name nothing, the same in
 * whatever batch of the erasure. So the profiles behind a figure as it stood are still as many as it said.
 */
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';

export interface ErasedId {
  id: string;
  erasure: string;
}

const namelessPrefix = '00000000-0000-8000-8000-';

/** Whether it stands for what was erased. */
export function isNameless(id: string): boolean {
  return id.startsWith(namelessPrefix);
}

export async function forgetShares(client: PoolClient, erased: readonly ErasedId[]): Promise<void> {
  if (erased.length === 0) return;
  const byId = new Map(erased.map(({ id, erasure }) => [id, namelessOf(id, erasure)]));
  const values = [[...byId.keys()], [...byId.values()]];
  for (const [table, column] of [
    ['share_change', 'profile'],
    ['share_change', 'renamed_to'],
    ['sales_change', 'identifier'],
  ] as const) {
    await client.query(
      `update metrics.${table} set ${column} = erased.nameless
       from unnest($1::uuid[], $2::uuid[]) as erased (id, nameless) where ${table}.${column} = erased.id`,
      values,
    );
  }
}

function namelessOf(id: string, erasure: string): string {
  return `${namelessPrefix}${createHash('sha256').update(`${erasure} ${id}`).digest('hex').slice(0, 12)}`;
}
