/** Identifiers with their histories, locked in the order of their ids. */
import type { PoolClient } from 'pg';
import { decodeHistory } from '../core/history.ts';
import type { IdentifierState } from '../core/world.ts';
import { plainArray } from '@throughline/postgres';
import { sortedIds } from './sorted-ids.ts';

export interface IdentifierRow {
  id: string;
  version: number;
  root: string;
  profile: string;
  identifying: boolean;
  hungIdentifying: number;
  own: string | null;
  hung: string | null;
}

export const identifierColumns =
  'id, version, root, profile, identifying, hung_identifying as "hungIdentifying", own, hung';

export function toIdentifierState(row: IdentifierRow): IdentifierState {
  return { ...row, own: decodeHistory(row.own), hung: decodeHistory(row.hung) };
}

/**
 * Of the ids, those that exist. With `wait: false`, those that somebody else holds are left out: for locks that come out of
 * order, where waiting could deadlock.
 */
export async function lockIdentifiers(
  client: PoolClient,
  generation: number,
  ids: Iterable<string>,
  { wait }: { wait: boolean },
): Promise<IdentifierState[]> {
  const { rows } = await client.query<IdentifierRow>({
    text: `select ${identifierColumns} from metrics.identifier
           where generation = $1 and id = any($2::uuid[]) order by id for update${wait ? '' : ' skip locked'}`,
    values: [generation, plainArray(sortedIds(ids))],
  });
  return rows.map(toIdentifierState);
}
