/** What connects two profiles: direct links between their identifiers, and attached identifiers that met both. */
import type { PoolClient } from 'pg';

const hasEvidence = 'coalesce(server_at, verified_at, public_at) is not null';

/** Attached identifiers of each person identifier that are looked at. */
const maxScanned = 1_000;

/** Links with one end among `left` and the other among `right`. */
export async function findLinksBetween(
  client: PoolClient,
  left: readonly string[],
  right: readonly string[],
  limit: number,
): Promise<{ weaker: string; stronger: string }[]> {
  const { rows } = await client.query<{ weaker: string; stronger: string }>({
    name: 'find-links-between',
    text: `(select weaker, stronger from identity.link
            where weaker = any($1::uuid[]) and stronger = any($2::uuid[]) and ${hasEvidence} limit $3)
           union
           (select weaker, stronger from identity.link
            where weaker = any($2::uuid[]) and stronger = any($1::uuid[]) and ${hasEvidence} limit $3)
           order by weaker, stronger limit $3`,
    values: [left, right, limit],
  });
  return rows;
}

/** Attached identifiers with links to both, one link on each side. */
export async function findMetBoth(
  client: PoolClient,
  left: readonly string[],
  right: readonly string[],
  limit: number,
): Promise<{ id: string; left: string; right: string }[]> {
  const { rows } = await client.query<{ id: string; left: string; right: string }>({
    name: 'find-met-both',
    text: `select distinct on (seen.weaker) seen.weaker as id, seen.stronger as left, other.stronger as right
           from unnest($1::uuid[]) as p (id)
           cross join lateral (
             select weaker, stronger from identity.link
             where stronger = p.id and not person and ${hasEvidence} order by weaker limit ${maxScanned}
           ) as seen
           cross join lateral (
             select stronger from identity.link
             where weaker = seen.weaker and stronger = any($2::uuid[]) and ${hasEvidence} order by stronger limit 1
           ) as other
           order by seen.weaker, seen.stronger limit $3`,
    values: [left, right, limit],
  });
  return rows;
}
