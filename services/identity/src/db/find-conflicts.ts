/** Other bodies that came under a touchpoint's (source, id), oldest first. The first that came stands. */
import type { Pool } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FoundConflict {
  receivedAt: string;
  bodyHash: string;
  requestId: string;
}

export async function findConflicts(pool: Pool, key: string, limit: number): Promise<FoundConflict[]> {
  const { rows } = await pool.query<{ received_at: string; body_hash: string; request_id: string }>({
    name: 'find-conflicts',
    text: `select received_at, body_hash, request_id from identity.touchpoint_conflict
           where key = $1 order by received_at, body_hash collate "C" limit $2`,
    values: [key, limit],
    types: isoTimestamps,
  });
  return rows.map((row) => ({
    receivedAt: row.received_at,
    bodyHash: row.body_hash,
    requestId: row.request_id,
  }));
}
