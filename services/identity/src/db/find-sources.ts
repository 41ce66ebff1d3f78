/** The sources that touchpoints have come from: as many as there are keys, so few. */
import type { Pool } from 'pg';

export async function findSources(pool: Pool, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>({
    name: 'find-sources',
    text: 'select name from identity.source order by name collate "C" limit $1',
    values: [limit],
  });
  return rows.map(({ name }) => name);
}
