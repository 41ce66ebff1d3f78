/** One decision, withdrawn or not. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { type FoundDecision, toFoundDecision } from './find-decisions.ts';
import { decision } from './schema.ts';

export async function findDecision(pool: Pool, id: string): Promise<FoundDecision | null> {
  const [row] = await drizzle({ client: pool }).select().from(decision).where(eq(decision.id, id));
  return row === undefined ? null : toFoundDecision(row);
}
