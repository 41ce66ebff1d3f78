/** What was rejected under a touchpoint's id, newest first. */
import type { Pool } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

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
  const { rows } = await pool.query<
    Omit<FoundRejection, 'rejectionId' | 'receivedAt'> & Record<string, string>
  >({
    name: 'find-rejections',
    text: `select rejection_id, source, received_at, code, field, message from identity.rejection
           where id = $1 and ($2::text is null or source = $2)
           order by received_at desc, rejection_id desc limit $3`,
    values: [id, source, limit],
    types: isoTimestamps,
  });
  return rows.map((row) => ({
    rejectionId: row['rejection_id'] ?? '',
    source: row.source,
    receivedAt: row['received_at'] ?? '',
    code: row.code,
    field: row.field,
    message: row.message,
  }));
}
