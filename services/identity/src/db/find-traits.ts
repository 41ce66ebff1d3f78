/** Traits, consents and answers of a bounded number of identifiers of each profile, a bounded number of rows of each kind. */
import type { PoolClient } from 'pg';
import type { StatementKind } from '../core/statements.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FoundTrait {
  profile: string;
  kind: StatementKind;
  name: string;
  /** JSON text. */
  value: string;
  at: string;
  source: string;
  touchpoint_id: string;
}

/** Rows of each kind that are read of a profile: a name may occur under many identifiers. */
export type TraitRowLimits = Readonly<Record<StatementKind, number>>;

/** @param members in the order in which they are read until the limit */
export async function findTraits(
  client: PoolClient,
  members: readonly { profile: string; id: string }[],
  trust: 'server' | 'public',
  limits: TraitRowLimits,
): Promise<FoundTrait[]> {
  if (members.length === 0) return [];
  const { rows } = await client.query<FoundTrait>({
    name: 'find-traits',
    text: `select p.id as profile, k.kind, t.* from unnest($1::uuid[]) as p (id)
           cross join unnest($5::text[], $6::integer[]) as k (kind, most)
           cross join lateral (
             select of_member.* from unnest($2::uuid[], $3::uuid[]) as m (profile, id)
             cross join lateral (
               select name, value, at, source, touchpoint_id from identity.trait
               where identifier = m.id and trust = $4 and kind = k.kind order by name limit k.most
             ) as of_member
             where m.profile = p.id limit k.most
           ) as t`,
    values: [
      [...new Set(members.map(({ profile }) => profile))],
      members.map(({ profile }) => profile),
      members.map(({ id }) => id),
      trust,
      Object.keys(limits),
      Object.values(limits),
    ],
    types: isoTimestamps,
  });
  return rows;
}
