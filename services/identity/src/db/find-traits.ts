/** Traits of a bounded number of identifiers of each profile, at most `limit` rows a profile. */
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FoundTrait {
  profile: string;
  name: string;
  /** JSON text. */
  value: string;
  at: string;
  source: string;
  touchpoint_id: string;
}

/** @param members in the order in which they are read until the limit */
export async function findTraits(
  client: PoolClient,
  members: readonly { profile: string; id: string }[],
  trust: 'server' | 'public',
  limit: number,
): Promise<FoundTrait[]> {
  if (members.length === 0) return [];
  const { rows } = await client.query<FoundTrait>({
    name: 'find-traits',
    text: `select p.id as profile, t.* from unnest($1::uuid[]) as p (id)
           cross join lateral (
             select of_member.* from unnest($2::uuid[], $3::uuid[]) as m (profile, id)
             cross join lateral (
               select name, value, at, source, touchpoint_id from identity.trait
               where identifier = m.id and trust = $4 order by name limit $5
             ) as of_member
             where m.profile = p.id limit $5
           ) as t`,
    values: [
      [...new Set(members.map(({ profile }) => profile))],
      members.map(({ profile }) => profile),
      members.map(({ id }) => id),
      trust,
      limit,
    ],
    types: isoTimestamps,
  });
  return rows;
}
