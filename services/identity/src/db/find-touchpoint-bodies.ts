/** Touchpoints as they were accepted, by key. */
import type { Pool, PoolClient } from 'pg';

export interface FoundTouchpoint {
  key: string;
  trust: string;
  /** JSON text of the touchpoint. */
  body: string;
}

export async function findTouchpointBodies(
  pool: Pool | PoolClient,
  keys: readonly string[],
): Promise<Map<string, FoundTouchpoint>> {
  if (keys.length === 0) return new Map();
  const { rows } = await pool.query<FoundTouchpoint>({
    name: 'find-touchpoint-bodies',
    text: 'select key, trust, body from identity.touchpoint where key = any($1::uuid[])',
    values: [keys],
  });
  return new Map(rows.map((row) => [row.key, row]));
}
