/** Which of these keys are of touchpoints that an erasure has dropped: nothing else of them is left. */
import { uuidArray } from '@throughline/postgres';
import type { Pool } from 'pg';

export async function findErasedKeys(pool: Pool, keys: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ key: string }>({
    name: 'find-erased-keys',
    text: 'select key from identity.touchpoint where key = any($1::uuid[]) and block is null order by key limit 1',
    values: [uuidArray(keys)],
  });
  return rows.map(({ key }) => key);
}
