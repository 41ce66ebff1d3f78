/** Types by id, without a lock: an identifier never changes its type. */
import type { IdentifierType } from '@throughline/contracts';
import type { PoolClient } from 'pg';

export async function loadIdentifierTypes(
  client: PoolClient,
  ids: readonly string[],
): Promise<Map<string, { id: string; type: IdentifierType }>> {
  const { rows } = await client.query<{ id: string; type: IdentifierType }>({
    text: 'select id, type from identity.identifier where id = any($1::uuid[])',
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id, row]));
}
