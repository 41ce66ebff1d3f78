/** Erasures as they are kept outside of the database, and written down again in one that was restored from an older backup. */
import { uuidArray } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';

/** Whole, without a value: what the effects of an erasure are a function of. */
export interface ErasureRecord {
  id: string;
  at: string;
  profile: string;
  follows: string | null;
  requestedBy: { key: string; author: string | null };
  suppression: { liftedAt: string | null } | null;
  /** Ids of identifiers. */
  extent: readonly string[];
  unconfirmed: readonly string[];
  /** Of those on touchpoints of the extent, the ones that were shared at the time. */
  shared: readonly { identifier: string; trust: 'public' | 'server' }[];
}

/** Of the identifiers of one erasure. */
export const maxRecorded = 50_000;

/** By id, one more than `maxRecorded` at most. */
export async function findErasureIdentifiers(
  pool: Pool,
  id: string,
): Promise<Pick<ErasureRecord, 'extent' | 'unconfirmed' | 'shared'>> {
  const { rows } = await pool.query<{ identifier: string; in_extent: boolean }>(
    `select identifier, in_extent from identity.erasure_identifier where erasure = $1 order by identifier limit $2`,
    [id, maxRecorded + 1],
  );
  const { rows: shared } = await pool.query<ErasureRecord['shared'][number]>(
    `select identifier, trust from identity.erasure_shared where erasure = $1 order by identifier limit $2`,
    [id, maxRecorded + 1],
  );
  const of = (inExtent: boolean): string[] =>
    rows.filter((row) => row.in_extent === inExtent).map(({ identifier }) => identifier);
  return { extent: of(true), unconfirmed: of(false), shared };
}

/** False when there is an erasure of this id. */
export async function insertErasureRecord(
  client: PoolClient,
  record: ErasureRecord,
  rules: number,
): Promise<boolean> {
  const { id, at, profile, follows, requestedBy, suppression, extent, unconfirmed, shared } = record;
  const { rowCount } = await client.query(
    `insert into identity.erasure (id, at, profile, follows, suppresses, suppression_ended_at, made_with, author, ruleset, step)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'decisions') on conflict (id) do nothing`,
    [
      id,
      at,
      profile,
      follows,
      suppression !== null,
      suppression?.liftedAt ?? null,
      requestedBy.key,
      requestedBy.author,
      rules,
    ],
  );
  if (rowCount === 0) return false;
  for (const [identifiers, inExtent] of [
    [extent, true],
    [unconfirmed, false],
  ] as const) {
    await client.query(
      `insert into identity.erasure_identifier (identifier, erasure, in_extent)
       select distinct identifier, $1::uuid, $3::boolean from unnest($2::uuid[]) identifier`,
      [id, uuidArray(identifiers), inExtent],
    );
  }
  await client.query(
    `insert into identity.erasure_shared (erasure, identifier, trust)
     select distinct on (identifier) $1::uuid, identifier, trust from unnest($2::uuid[], $3::text[]) as given (identifier, trust)
     order by identifier`,
    [id, uuidArray(shared.map(({ identifier }) => identifier)), shared.map(({ trust }) => trust)],
  );
  return true;
}

export async function hasErasure(client: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await client.query('select from identity.erasure where id = $1', [id]);
  return rowCount === 1;
}
