/** What else came under the ids of touchpoints: copies with the same body, and conflicts. */
import { uuidArray } from '@throughline/postgres';
import type { Pool } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FoundCopies {
  /** Copies with the same body. */
  duplicates: number;
  conflicts: { receivedAt: string; bodyHash: string; requestId: string }[];
}

/** Conflicts of one touchpoint that are read: the rejected store of ingest has all. */
const maxConflicts = 100;

/** By key; touchpoints that came once are absent. */
export async function findCopies(pool: Pool, keys: readonly string[]): Promise<Map<string, FoundCopies>> {
  const duplicates = await pool.query<{ key: string; copies: string }>({
    name: 'find-copies-duplicates',
    text: 'select key, copies from identity.touchpoint_duplicate where key = any($1::uuid[])',
    values: [uuidArray(keys)],
  });
  const conflicts = await pool.query<{
    key: string;
    received_at: string;
    body_hash: string;
    request_id: string;
  }>({
    name: 'find-copies-conflicts',
    text: `select c.* from unnest($1::uuid[]) as page (key)
           cross join lateral (
             select key, received_at, body_hash, request_id from identity.touchpoint_conflict
             where key = page.key order by body_hash limit $2) as c`,
    values: [uuidArray(keys), maxConflicts],
    types: isoTimestamps,
  });
  const found = new Map<string, FoundCopies>();
  const at = (key: string): FoundCopies => {
    const copies = found.get(key) ?? { duplicates: 0, conflicts: [] };
    found.set(key, copies);
    return copies;
  };
  for (const { key, copies } of duplicates.rows) at(key).duplicates = Number(copies);
  for (const row of conflicts.rows) {
    at(row.key).conflicts.push({
      receivedAt: row.received_at,
      bodyHash: row.body_hash,
      requestId: row.request_id,
    });
  }
  return found;
}
