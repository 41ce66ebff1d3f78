/** Rows of the history of profiles, in the transaction of the change. */
import { bigintArray, textArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Resolution } from '../core/resolve.ts';

/** @param origin what brought the changes about that no single touchpoint did; null when there is nothing to name */
export async function insertMembershipChanges(
  client: PoolClient,
  { changes, cause }: Pick<Resolution, 'changes' | 'cause'>,
  origin: string | null,
): Promise<void> {
  if (changes.length === 0) return;
  await client.query({
    name: 'insert-membership-changes',
    text: `insert into identity.membership_change (identifier, version, former, holder, reason, change, cause)
           select *, $7 from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[])`,
    values: [
      uuidArray(changes.map(({ identifier }) => identifier)),
      bigintArray(changes.map(({ version }) => version)),
      uuidArray(changes.map(({ former }) => former)),
      uuidArray(changes.map(({ holder }) => holder)),
      uuidArray(changes.map(({ touchpoint }) => touchpoint ?? origin)),
      textArray(changes.map(({ kind }) => kind)),
      cause,
    ],
  });
}
