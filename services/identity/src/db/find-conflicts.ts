/** Other bodies that came under a touchpoint's (source, id), oldest first. The first that came stands. */
import { asc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { touchpointConflict } from './schema.ts';

export interface FoundConflict {
  receivedAt: string;
  bodyHash: string;
  requestId: string;
}

export async function findConflicts(pool: Pool, key: string, limit: number): Promise<FoundConflict[]> {
  const { receivedAt, bodyHash, requestId } = touchpointConflict;
  const rows = await drizzle({ client: pool })
    .select({ receivedAt, bodyHash, requestId })
    .from(touchpointConflict)
    .where(eq(touchpointConflict.key, key))
    .orderBy(asc(receivedAt), sql`${bodyHash} collate "C"`)
    .limit(limit);
  return rows.map((row) => ({ ...row, receivedAt: row.receivedAt.toISOString() }));
}
