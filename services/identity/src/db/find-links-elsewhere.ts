/**
 * Links that lead from identifiers of a profile to other profiles. Of each identifier a limited number of links is looked
 * at, in the order of an index, so that a hub costs no more than others; the answer says where there are more.
 */
import type { PoolClient } from 'pg';

export interface LinksElsewhere {
  pairs: { weaker: string; stronger: string }[];
  /** Not all links of the identifier were looked at. */
  isCut: boolean;
}

/** Links of one identifier that are looked at, on each side. */
const maxScanned = 200;

const side = (own: 'weaker' | 'stronger', other: 'weaker' | 'stronger', condition: string): string =>
  `(select weaker, stronger, ${other} as other, row_number() over (order by ${other}) as place from identity.link
    where ${own} = m.id and ${condition} and coalesce(server_at, verified_at, public_at) is not null
    order by ${other} limit ${maxScanned})`;

/** By identifier. */
export async function findLinksElsewhere(
  client: PoolClient,
  profile: string,
  members: readonly string[],
): Promise<Map<string, LinksElsewhere>> {
  const { rows } = await client.query<{ id: string; pairs: LinksElsewhere['pairs']; is_cut: boolean }>({
    name: 'find-links-elsewhere',
    text: `select m.id, coalesce(found.pairs, '[]') as pairs, coalesce(found.is_cut, false) as is_cut
           from unnest($1::uuid[]) as m (id)
           cross join lateral (
             select bool_or(seen.place = ${maxScanned}) as is_cut,
               jsonb_agg(jsonb_build_object('weaker', seen.weaker, 'stronger', seen.stronger) order by seen.other)
                 filter (where root.profile <> $2) as pairs
             from (
               ${side('stronger', 'weaker', 'person')} union all ${side('stronger', 'weaker', 'not person')}
               union all ${side('weaker', 'stronger', 'true')}
             ) as seen
             cross join lateral (select root from identity.identifier where id = seen.other offset 0) as o
             cross join lateral (select profile from identity.identifier where id = o.root offset 0) as root
           ) as found`,
    values: [members, profile],
  });
  return new Map(rows.map(({ id, pairs, is_cut }) => [id, { pairs, isCut: is_cut }]));
}
