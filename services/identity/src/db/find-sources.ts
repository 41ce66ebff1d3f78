/** The sources that touchpoints have come from: as many as there are keys, so few. */
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { source } from './schema.ts';

export async function findSources(pool: Pool, limit: number): Promise<string[]> {
  const rows = await drizzle({ client: pool })
    .select()
    .from(source)
    .orderBy(sql`${source.name} collate "C"`)
    .limit(limit);
  return rows.map(({ name }) => name);
}
