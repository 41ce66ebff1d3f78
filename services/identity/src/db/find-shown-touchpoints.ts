/** When the touchpoints that show links occurred, and what they are called. */
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface ShownTouchpoint {
  occurredAt: string;
  name: string | null;
}

/** By key; those that an erasure has dropped are absent. */
export async function findShownTouchpoints(
  client: PoolClient,
  keys: readonly string[],
): Promise<Map<string, ShownTouchpoint>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; occurred_at: string; name: string | null }>({
    name: 'find-shown-touchpoints',
    text: 'select key, occurred_at, name from identity.touchpoint where key = any($1::uuid[]) and block is not null',
    values: [[...new Set(keys)]],
    types: isoTimestamps,
  });
  return new Map(rows.map(({ key, occurred_at, name }) => [key, { occurredAt: occurred_at, name }]));
}
