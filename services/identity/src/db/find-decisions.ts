/** Operators' decisions, newest first, withdrawn ones too. */
import { desc, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { decision } from './schema.ts';

export interface FoundDecision {
  id: string;
  kind: 'merge' | 'split';
  madeAt: string;
  note: string;
  /** Identifier ids: of a merge one list, of a split two. */
  sides: string[][];
  madeWith: string;
  author: string | null;
  withdrawnAt: string | null;
  withdrawnWith: string | null;
  withdrawnAuthor: string | null;
}

export async function findDecisions(
  pool: Pool,
  before: { madeAt: string; id: string },
  limit: number,
): Promise<FoundDecision[]> {
  const rows = await drizzle({ client: pool })
    .select()
    .from(decision)
    .where(sql`(${decision.madeAt}, ${decision.id}) < (${before.madeAt}::timestamptz, ${before.id}::uuid)`)
    .orderBy(desc(decision.madeAt), desc(decision.id))
    .limit(limit);
  return rows.map(toFoundDecision);
}

export function toFoundDecision(row: typeof decision.$inferSelect): FoundDecision {
  const { madeSides: _madeSides, ...found } = row;
  return { ...found, madeAt: row.madeAt.toISOString(), withdrawnAt: row.withdrawnAt?.toISOString() ?? null };
}
