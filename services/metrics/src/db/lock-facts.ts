/** Facts that were here before, locked. Only what says where they belong is read: their content never changes. */
import type { PoolClient } from 'pg';
import { plainArray } from '@throughline/postgres';
import { sortedIds } from './sorted-ids.ts';

export interface FactAssignment {
  identifier: string;
  version: number;
}

export async function lockFacts(
  client: PoolClient,
  generation: number,
  keys: readonly string[],
): Promise<Map<string, FactAssignment>> {
  const { rows } = await client.query<FactAssignment & { key: string }>({
    text: `select key, identifier, assignment_version as version from metrics.fact
           where generation = $1 and key = any($2::uuid[]) order by key for update`,
    values: [generation, plainArray(sortedIds(keys))],
  });
  return new Map(rows.map(({ key, identifier, version }) => [key, { identifier, version }]));
}
