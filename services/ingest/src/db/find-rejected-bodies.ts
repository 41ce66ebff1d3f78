/** The texts of some rejected items: they are large, so a list reads those of its page only. */
import { inArray } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { rejectedTouchpoint } from './schema.ts';

export interface RejectedBodies {
  body: string;
  bodyEncoding: string;
  standingBody: string | null;
}

export async function findRejectedBodies(
  database: NodePgDatabase,
  rejectionIds: readonly string[],
): Promise<ReadonlyMap<string, RejectedBodies>> {
  if (rejectionIds.length === 0) return new Map();
  const { rejectionId, body, bodyEncoding, standingBody } = rejectedTouchpoint;
  const rows = await database
    .select({ rejectionId, body, bodyEncoding, standingBody })
    .from(rejectedTouchpoint)
    .where(inArray(rejectionId, [...rejectionIds]));
  return new Map(rows.map((row) => [row.rejectionId, row]));
}
