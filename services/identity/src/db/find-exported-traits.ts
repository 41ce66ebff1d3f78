/** Every trait, consent and answer that is kept of identifiers, those that another one outranks in the profile too. */
import { uuidArray } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { StatementKind } from '../core/statements.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export interface ExportedTrait {
  identifier: string;
  trust: string;
  kind: StatementKind;
  name: string;
  value: unknown;
  at: string;
  source: string;
  touchpoint: string;
}

/** Where the next page begins. */
export type TraitPosition = Pick<ExportedTrait, 'identifier' | 'trust' | 'kind' | 'name'>;

export async function findExportedTraits(
  pool: Pool,
  identifiers: readonly string[],
  after: TraitPosition | null,
  limit: number,
): Promise<ExportedTrait[]> {
  const { rows } = await pool.query<Omit<ExportedTrait, 'value'> & { value: string }>({
    name: 'find-exported-traits',
    text: `select identifier, trust, kind, name, value, at, source, touchpoint_id as touchpoint from identity.trait
           where identifier = any($1::uuid[]) and ($2::uuid is null or (identifier, trust, kind, name) > ($2, $3, $4, $5))
           order by identifier, trust, kind, name limit $6`,
    values: [
      uuidArray(identifiers),
      after?.identifier ?? null,
      after?.trust ?? '',
      after?.kind ?? '',
      after?.name ?? '',
      limit,
    ],
    types: isoTimestamps,
  });
  return rows.map((row) => ({ ...row, value: JSON.parse(row.value) as unknown }));
}
