/** Takes an erased person out of the history of profiles, and what identity keeps of decisions about it. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

/** Entries of the identifiers themselves and of what they held go; of others, where they came from does. */
export async function purgeHistory(client: PoolClient, identifiers: readonly string[]): Promise<number> {
  const values = [uuidArray(identifiers)];
  const deleted = await client.query({
    text: `delete from identity.membership_change c using unnest($1::uuid[]) as e (id)
           where c.identifier = e.id
              or (c.holder = e.id and c.change in ('joined', 'moved', 'attached'))`,
    values,
  });
  const changed = await client.query({
    text: `update identity.membership_change c set former = null from unnest($1::uuid[]) as e (id)
           where c.former = e.id and c.former is not null`,
    values,
  });
  await client.query({
    text: `update identity.membership_change c set holder = c.identifier from unnest($1::uuid[]) as e (id)
           where c.holder = e.id and c.identifier <> e.id and c.change = 'renamed'`,
    values,
  });
  // What nothing mentions any more, by the names that other rules had for it.
  await client.query({
    text: `update identity.identifier set value = '', original = null, renamed = null
           where id = any($1::uuid[]) and first_seen_at is null and (value <> '' or renamed is not null)`,
    values,
  });
  // The version stays, so that an older record cannot bring back what metrics computed.
  await client.query({
    text: `update identity.profile_journey set state = null where profile = any($1::uuid[])`,
    values,
  });
  return (deleted.rowCount ?? 0) + (changed.rowCount ?? 0);
}

export interface EndedDecision {
  id: string;
  sides: string[][];
  isWithdrawn: boolean;
}

/** The next decision made by the time of the erasure that names its extent; locked. */
export async function loadEndedDecision(
  client: PoolClient,
  erasure: string,
  at: string,
): Promise<EndedDecision | null> {
  const { rows } = await client.query<{ id: string; sides: string[][]; is_withdrawn: boolean }>({
    text: `select d.id, d.sides, d.withdrawn_at is not null as is_withdrawn from identity.decision d
           where d.made_at <= $2 and d.id in (
             select named.decision_id from identity.decision_identifier named
             join identity.erasure_identifier e on e.identifier = named.identifier
             where e.erasure = $1 and e.in_extent)
           order by d.id limit 1 for update`,
    values: [erasure, at],
  });
  const [row] = rows;
  return row === undefined ? null : { id: row.id, sides: row.sides, isWithdrawn: row.is_withdrawn };
}

export async function deleteDecision(client: PoolClient, id: string): Promise<void> {
  await client.query('delete from identity.decision_identifier where decision_id = $1', [id]);
  await client.query('delete from identity.decision where id = $1', [id]);
}
