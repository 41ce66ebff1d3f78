/**
 * The identifiers, other than the founders, that are roots in the profiles. Not locked: a process that changes one
 * holds the founder's row, and that is locked here already.
 */
import type { PoolClient } from 'pg';
import type { IdentifierState } from '../core/loaded-identifiers.ts';
import { plainArray } from '@throughline/postgres';
import { identifierColumns } from './lock-identifiers.ts';

export async function loadProfileParts(
  client: PoolClient,
  generation: number,
  profiles: readonly string[],
): Promise<IdentifierState[]> {
  const { rows } = await client.query<IdentifierState>({
    name: 'load-profile-parts',
    text: `select ${identifierColumns} from metrics.identifier
           where generation = $1 and profile = any($2::uuid[]) and profile <> id`,
    values: [generation, plainArray(profiles)],
  });
  return rows;
}
