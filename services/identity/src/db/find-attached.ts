/** A bounded number of the identifiers that are attached to the roots of each profile, by index, in the order of their ids. */
import type { PoolClient } from 'pg';
import { type FoundMember, isTransaction, memberColumns } from './find-profile-roots.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FoundAttached extends FoundMember {
  profile: string;
}

/** @param limit of each profile */
export async function findAttached(
  client: PoolClient,
  roots: readonly { profile: string; id: string }[],
  kind: 'carriers' | 'transactions',
  limit: number,
): Promise<FoundAttached[]> {
  if (roots.length === 0) return [];
  const { rows } = await client.query<FoundAttached>({
    name: `find-attached-${kind}`,
    text: `select p.id as profile, i.* from unnest($1::uuid[]) as p (id)
           cross join lateral (
             select a.* from unnest($2::uuid[], $3::uuid[]) as r (profile, id)
             cross join lateral (
               select ${memberColumns} from identity.identifier i
               where i.root = r.id and i.root <> i.id and ${isTransaction} = ${kind === 'transactions'}
               order by i.id limit $4
             ) as a
             where r.profile = p.id limit $4
           ) as i`,
    values: [
      [...new Set(roots.map(({ profile }) => profile))],
      roots.map(({ profile }) => profile),
      roots.map(({ id }) => id),
      limit,
    ],
    types: isoTimestamps,
  });
  return rows;
}
