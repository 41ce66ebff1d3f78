/** What identifiers are called; of those that exist. */
import type { IdentifierType } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';

export interface FoundIdentifier {
  id: string;
  type: IdentifierType;
  value: string;
  /** As it was sent first, where that differs. */
  original: string | null;
  blocked: boolean;
}

export async function findIdentifiers(
  pool: Pool | PoolClient,
  ids: readonly string[],
): Promise<Map<string, FoundIdentifier>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query<FoundIdentifier>({
    name: 'find-identifiers',
    text: 'select id, type, value, original, blocked from identity.identifier where id = any($1::uuid[])',
    values: [[...new Set(ids)]],
  });
  return new Map(rows.map((row) => [row.id, row]));
}
