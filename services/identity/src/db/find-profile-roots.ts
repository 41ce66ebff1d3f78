/**
 * The roots of profiles: the founder, and the identifiers that name it. Few, whatever is attached to them: the limits of a
 * profile are on person identifiers, and what is attached is found by its root.
 */
import { type IdentifierType, isPersonType } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';
import { maxReadAttached } from './save-attached-summaries.ts';

/** What is read of an identifier for an answer. */
export interface FoundMember {
  id: string;
  type: string;
  value: string;
  original: string | null;
  /** Null when erasures have left nothing that mentions it. */
  first_seen_at: string | null;
  last_seen_at: string | null;
  touchpoint_count: number;
  first_touchpoint_at: string | null;
  last_touchpoint_at: string | null;
}

export interface FoundRoot extends FoundMember {
  profile: string;
  is_identifying: boolean;
  /** Sums over what is attached to it; 0 where nothing is. */
  carriers: number;
  transactions: number;
  identifying: number;
  /** int8, which comes as text here. */
  attached_touchpoint_count: string;
  attached_first_at: string | null;
  attached_last_at: string | null;
}

export const memberColumns = `i.id, i.type, i.value, i.original, i.first_seen_at, i.last_seen_at, i.touchpoint_count,
  i.first_touchpoint_at, i.last_touchpoint_at`;

/** Orders and receipts, whatever their scope. The index `identifier_attached` is on this expression. */
export const isTransaction = "(starts_with(i.type, 'order_id') or starts_with(i.type, 'receipt_id'))";

/** More than any profile has but by the merges of operators. */
const maxRoots = 2_000;

/** The profiles that hold the identifiers of $1 now. */
const holders = `
  select ref.id as identifier, root.profile from unnest($1::uuid[]) as ref (id)
  cross join lateral (
    select case when first_seen_at is null then renamed else id end as id
    from identity.identifier where id = ref.id offset 0) as called
  cross join lateral (
    select id, root from identity.identifier where id = called.id and first_seen_at is not null offset 0) as named
  cross join lateral (select profile from identity.identifier where id = named.root offset 0) as root`;

/** Identifier id -> the profile that holds it now; ids that nothing mentions, as after an erasure, are absent. */
export async function findProfileIds(
  client: PoolClient,
  identifierIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ identifier: string; profile: string }>({
    name: 'find-profile-ids',
    text: holders,
    values: [[...new Set(identifierIds)]],
  });
  return new Map(rows.map(({ identifier, profile }) => [identifier, profile]));
}

/** The roots of these profiles, by id. */
export async function findProfileRoots(
  client: PoolClient,
  profiles: readonly string[],
): Promise<FoundRoot[]> {
  if (profiles.length === 0) return [];
  const { rows } = await client.query<FoundRoot>({
    name: 'find-profile-roots',
    text: rootsOf('unnest($1::uuid[])'),
    values: [profiles, maxRoots],
    types: isoTimestamps,
  });
  return rows;
}

/** The same of the profiles that hold these identifiers, for a reader that does not wait for their ids first. */
export async function findRootsHolding(
  client: PoolClient,
  identifierIds: readonly string[],
): Promise<FoundRoot[]> {
  const { rows } = await client.query<FoundRoot>({
    name: 'find-roots-holding',
    text: rootsOf(`(select distinct profile from (${holders}) as held)`),
    values: [[...new Set(identifierIds)], maxRoots],
    types: isoTimestamps,
  });
  return rows;
}

/** The profile that holds an identifier now, with its roots; null where nothing mentions it. */
export async function findHolder(
  client: PoolClient,
  identifierId: string,
): Promise<{ profile: string; roots: FoundRoot[] } | null> {
  const roots = await findRootsHolding(client, [identifierId]);
  const [root] = roots;
  return root === undefined ? null : { profile: root.profile, roots };
}

/** @param profiles a set of ids, as an item of a FROM list */
function rootsOf(profiles: string): string {
  return `select p.id as profile, ${memberColumns},
            not i.blocked and not ${isTransaction} and i.first_seen_at is not null
              and i.shared_level < case when i.first_server_at is null then 1 else 3 end as is_identifying,
            coalesce(s.carriers, 0) as carriers, coalesce(s.transactions, 0) as transactions,
            coalesce(s.identifying, 0) as identifying, coalesce(s.touchpoint_count, 0) as attached_touchpoint_count,
            case when s.bounds_stale and s.carriers + s.transactions <= ${maxReadAttached}
              then exact.first else s.first_touchpoint_at end as attached_first_at,
            case when s.bounds_stale and s.carriers + s.transactions <= ${maxReadAttached}
              then exact.last else s.last_touchpoint_at end as attached_last_at
          from ${profiles} as p (id)
          cross join lateral (
            select * from identity.identifier where id = p.id
            union all
            (select * from identity.identifier where profile = p.id and profile <> id limit $2)
          ) as i
          left join lateral (select * from identity.attached_summary where root = i.id offset 0) as s on true
          left join lateral (
            select min(a.first_touchpoint_at) as first, max(a.last_touchpoint_at) as last
            from identity.identifier a where a.root = i.id and a.root <> a.id
          ) as exact on s.bounds_stale and s.carriers + s.transactions <= ${maxReadAttached}
          order by p.id, i.id`;
}

/** Those that are person identifiers; an attached one is a root as long as it is attached to nothing. */
export function personsOf(roots: readonly FoundRoot[]): string[] {
  return roots.flatMap(({ id, type }) => (isPersonType(type as IdentifierType) ? [id] : []));
}
