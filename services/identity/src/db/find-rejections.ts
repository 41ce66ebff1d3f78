/** What was rejected under a touchpoint's id, newest first. */
import { and, desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';
import { rejection } from './schema.ts';

/** Of a page of touchpoints. */
const maxRejections = 1_000;

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

/** Of some touchpoints that were sent. */
export async function findRejectionsOfTouchpoints(
  pool: Pool,
  touchpoints: readonly { id: string; source: string }[],
): Promise<(FoundRejection & { id: string })[]> {
  const { rows } = await pool.query<FoundRejection & { id: string }>({
    name: 'find-rejections-of-touchpoints',
    text: `select r.rejection_id as "rejectionId", r.id, r.source, r.received_at as "receivedAt", r.code, r.field, r.message
           from unnest($1::text[], $2::text[]) as sent (id, source)
           join identity.rejection r on r.id = sent.id and r.source = sent.source
           order by r.rejection_id limit $3`,
    values: [touchpoints.map(({ id }) => id), touchpoints.map(({ source }) => source), maxRejections],
    types: isoTimestamps,
  });
  return rows;
}
