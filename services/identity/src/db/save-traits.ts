/**
 * Traits, consents and answers per identifier: of each kind and name the last writer by (time, source, touchpoint id) stands,
 * apart for servers and public keys. The comparison is in the statement, so writing commutes and needs no read.
 *
 * A public key may invent names, so an identifier keeps `maxPublicTraits` of them of each kind: those with the smallest keyed hash. The
 * choice is a function of the set of names (law 1): whatever arrives in whatever order, the same names stay, and a server's
 * traits are neither counted nor replaced (law 6). Rejected: the names that came first, because a name that was left out
 * and comes back with an earlier time would need its last writer read again from all touchpoints.
 */
import { textArray, timestampArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { StatementKind } from '../core/statements.ts';

/** Names of public origin that one identifier keeps of each kind. */
export const maxPublicTraits = 200;

export interface TraitWrite {
  identifier: string;
  kind: StatementKind;
  name: string;
  /** Keyed hash of the name. */
  rank: string;
  /** JSON text. */
  value: string;
  trust: string;
  at: string;
  source: string;
  touchpointId: string;
}

/** @param traits at most one per identifier, trust, kind and name; the identifiers are locked */
export async function saveTraits(client: PoolClient, traits: readonly TraitWrite[]): Promise<void> {
  if (traits.length === 0) return;
  const sorted = traits.toSorted(compareKeys);
  await client.query({
    name: 'save-traits',
    // The query in `returning` sees the row as it was before. A statement that repeats what was stated is no change.
    text: `with saved as (
             insert into identity.trait as stored (identifier, name, rank, value, trust, at, source, touchpoint_id, kind)
             select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
               $7::text[], $8::text[], $9::text[])
             on conflict (identifier, trust, kind, name) do update set value = excluded.value, at = excluded.at,
               source = excluded.source, touchpoint_id = excluded.touchpoint_id
             where (excluded.at, excluded.source collate "C", excluded.touchpoint_id collate "C")
                 > (stored.at, stored.source collate "C", stored.touchpoint_id collate "C")
             returning identifier, value is distinct from (
               select before.value from identity.trait before where before.identifier = stored.identifier
                 and before.trust = stored.trust and before.kind = stored.kind and before.name = stored.name) as is_change
           )
           insert into identity.changed_member (identifier)
           select distinct identifier from saved where is_change`,
    values: [
      uuidArray(sorted.map((one) => one.identifier)),
      textArray(sorted.map((one) => one.name)),
      uuidArray(sorted.map((one) => one.rank)),
      textArray(sorted.map((one) => one.value)),
      textArray(sorted.map((one) => one.trust)),
      timestampArray(sorted.map((one) => one.at)),
      textArray(sorted.map((one) => one.source)),
      textArray(sorted.map((one) => one.touchpointId)),
      textArray(sorted.map((one) => one.kind)),
    ],
  });
  const written = new Map(
    sorted.flatMap((one) =>
      one.trust === 'public' ? [[`${one.identifier} ${one.kind}`, one] as const] : [],
    ),
  );
  await deleteExcessTraits(client, [...written.values()]);
}

/**
 * Deletes the traits whose last writer has left the identifier. Whether an earlier writer of the name is still there is
 * decided by saving the traits of all that are left again.
 */
export async function deleteTraitsOf(
  client: PoolClient,
  identifier: string,
  touchpoints: readonly { source: string; touchpointId: string }[],
): Promise<void> {
  if (touchpoints.length === 0) return;
  await client.query({
    text: `with deleted as (
             delete from identity.trait t using unnest($2::text[], $3::text[]) as gone (source, touchpoint_id)
             where t.identifier = $1 and t.source = gone.source and t.touchpoint_id = gone.touchpoint_id
             returning t.identifier
           )
           insert into identity.changed_member (identifier) select distinct identifier from deleted`,
    values: [
      identifier,
      touchpoints.map(({ source }) => source),
      touchpoints.map(({ touchpointId }) => touchpointId),
    ],
  });
}

/** Counted first: the deletion sorts all names of an identifier, and hardly any has too many. */
async function deleteExcessTraits(
  client: PoolClient,
  written: readonly Pick<TraitWrite, 'identifier' | 'kind'>[],
): Promise<void> {
  if (written.length === 0) return;
  const { rows } = await client.query<{ id: string; kind: string }>({
    name: 'find-excess-traits',
    text: `select written.id, written.kind from unnest($1::uuid[], $2::text[]) as written (id, kind)
           where $3 < (select count(*) from identity.trait
             where identifier = written.id and trust = 'public' and kind = written.kind)`,
    values: [
      uuidArray(written.map(({ identifier }) => identifier)),
      textArray(written.map(({ kind }) => kind)),
      maxPublicTraits,
    ],
  });
  if (rows.length === 0) return;
  await client.query({
    text: `delete from identity.trait t
           using unnest($1::uuid[], $2::text[]) as written (id, kind)
           cross join lateral (
             select name from identity.trait where identifier = written.id and trust = 'public' and kind = written.kind
             order by rank, name collate "C" offset $3
           ) as excess
           where t.identifier = written.id and t.trust = 'public' and t.kind = written.kind and t.name = excess.name`,
    values: [rows.map(({ id }) => id), rows.map(({ kind }) => kind), maxPublicTraits],
  });
}

function compareKeys(left: TraitWrite, right: TraitWrite): number {
  const one = `${left.identifier} ${left.trust} ${left.kind} ${left.name}`;
  const other = `${right.identifier} ${right.trust} ${right.kind} ${right.name}`;
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
