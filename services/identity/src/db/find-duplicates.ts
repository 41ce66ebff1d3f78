/** How often a touchpoint came again with the same body. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { touchpointDuplicate } from './schema.ts';

export interface FoundDuplicates {
  copies: number;
  lastReceivedAt: string | null;
  lastRequestId: string | null;
}

export async function findDuplicates(pool: Pool, key: string): Promise<FoundDuplicates> {
  const [row] = await drizzle({ client: pool })
    .select()
    .from(touchpointDuplicate)
    .where(eq(touchpointDuplicate.key, key));
  if (row === undefined) return { copies: 0, lastReceivedAt: null, lastRequestId: null };
  const { copies, lastReceivedAt, lastRequestId } = row;
  return { copies, lastReceivedAt: lastReceivedAt.toISOString(), lastRequestId };
}
