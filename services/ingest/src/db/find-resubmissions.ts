/** Resubmissions, the newest first. */
import { desc, eq } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { resubmission, type ResubmissionRow } from './schema.ts';

export async function findResubmissions(database: NodePgDatabase, limit: number): Promise<ResubmissionRow[]> {
  return await database.select().from(resubmission).orderBy(desc(resubmission.createdAt)).limit(limit);
}

export async function findResubmission(
  database: NodePgDatabase,
  id: string,
): Promise<ResubmissionRow | null> {
  const rows = await database.select().from(resubmission).where(eq(resubmission.resubmissionId, id));
  return rows[0] ?? null;
}
