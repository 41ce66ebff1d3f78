/** One rejected item with its text. */
import { eq } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { rejectedTouchpoint, type RejectedTouchpointRow } from './schema.ts';

export async function findRejected(
  database: NodePgDatabase,
  rejectionId: string,
): Promise<RejectedTouchpointRow | null> {
  const rows = await database
    .select()
    .from(rejectedTouchpoint)
    .where(eq(rejectedTouchpoint.rejectionId, rejectionId));
  return rows[0] ?? null;
}
