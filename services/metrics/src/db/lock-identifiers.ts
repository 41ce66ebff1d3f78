/** Identifiers, locked in the order of their ids. */
import type { PoolClient } from 'pg';
import type { IdentifierState } from '../core/loaded-identifiers.ts';
import { uuidArray } from '@throughline/postgres';
import { sortedIds } from './sorted-ids.ts';

export const identifierColumns = `id, version, root, profile, identifying, attached_identifying as "attachedIdentifying", has_own as "hasOwn",
   has_attached as "hasAttached", ambiguous`;

/**
 * Of the ids, those that exist. With `wait: false`, those that another transaction holds are left out: for locks that come out of
 * order, where waiting could deadlock.
 */
export async function lockIdentifiers(
  client: PoolClient,
  generation: number,
  ids: Iterable<string>,
  { wait }: { wait: boolean },
): Promise<IdentifierState[]> {
  const { rows } = await client.query<IdentifierState>({
    name: `lock-identifiers-${wait ? 'wait' : 'skip'}`,
    text: `select ${identifierColumns} from metrics.identifier
           where generation = $1 and id = any($2::uuid[]) order by id for update${wait ? '' : ' skip locked'}`,
    values: [generation, uuidArray(sortedIds(ids))],
  });
  return rows;
}
