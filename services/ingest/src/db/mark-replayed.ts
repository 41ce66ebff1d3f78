/** Notes that a rejected item was accepted after all. It stays in the store until its retention ends. */
import { eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { rejectedTouchpoint } from './schema.ts';

export async function markReplayed(database: NodePgDatabase, rejectionId: string): Promise<void> {
  await database
    .update(rejectedTouchpoint)
    .set({ replayedAt: sql`now()` })
    .where(eq(rejectedTouchpoint.rejectionId, rejectionId));
}
