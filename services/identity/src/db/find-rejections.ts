/** What was rejected under a touchpoint's id, newest first. */
import { and, desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { rejection } from './schema.ts';

export interface FoundRejection {
  rejectionId: string;
  source: string;
  receivedAt: string;
  code: string;
  field: string;
  message: string;
}

/** @param source null for every source */
export async function findRejections(
  pool: Pool,
  id: string,
  source: string | null,
  limit: number,
): Promise<FoundRejection[]> {
  const rows = await drizzle({ client: pool })
    .select()
    .from(rejection)
    .where(and(eq(rejection.id, id), source === null ? undefined : eq(rejection.source, source)))
    .orderBy(desc(rejection.receivedAt), desc(rejection.rejectionId))
    .limit(limit);
  return rows.map(({ id: _id, ...row }) => ({ ...row, receivedAt: row.receivedAt.toISOString() }));
}
