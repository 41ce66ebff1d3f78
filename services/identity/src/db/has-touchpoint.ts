/** Whether a touchpoint is in: a look into the primary key. */
import type { Pool } from 'pg';

export async function hasTouchpoint(pool: Pool, key: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'has-touchpoint',
    text: 'select from identity.touchpoint where key = $1',
    values: [key],
  });
  return rowCount === 1;
}
