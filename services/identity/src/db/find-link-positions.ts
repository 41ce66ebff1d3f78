/**
 * Where the next links of a profile lie. They are walked member by member: the roots by id, then what is attached to each of
 * them. A link is met at its stronger end when that end is in the profile, else at its weaker one, so it is met once. Every
 * step reads an index from the position where the last one stopped, so a page costs the same wherever it is.
 */
import type { PoolClient } from 'pg';
import { findNextMembers, type Member, zeroId } from './find-members.ts';
import type { FoundRoot } from './find-profile-roots.ts';

/** Where a walk is: the member, and the last of its links that was read. */
export interface LinkPosition {
  root: string;
  member: string;
  side: LinkSide;
  /** The other end of the link. */
  other: string;
}

/** 0: the member is the stronger end of two person identifiers; 1: of an attached one; 2: it is the weaker end. */
export type LinkSide = 0 | 1 | 2;

export interface MetLink {
  weaker: string;
  stronger: string;
  position: LinkPosition;
}

export interface LinkPage {
  links: MetLink[];
  /** Null at the end of the profile. */
  next: LinkPosition | null;
}

/** Members that one statement looks at. */
const chunkSize = 100;
/** Attached identifiers that a page looks at: nearly all have no link but the one that was met at its stronger end. */
const maxMembersScanned = 2_000;

/** @param after null for the first page */
export async function findLinkPositions(
  client: PoolClient,
  profile: { id: string; roots: readonly FoundRoot[] },
  after: LinkPosition | null,
  limit: number,
): Promise<LinkPage> {
  const links: MetLink[] = [];
  let position = after;
  for (let scanned = 0; scanned < maxMembersScanned; scanned += chunkSize) {
    const members = await findNextMembers(client, profile.roots, position, chunkSize);
    const last = members.at(-1);
    if (last === undefined) return { links, next: null };
    const met = await findLinksOfMembers(client, profile.id, members, position, limit - links.length);
    links.push(...met);
    const reached = links.at(-1);
    if (links.length >= limit && reached !== undefined) return { links, next: reached.position };
    // Fewer than asked for: there are no others.
    if (members.length < chunkSize) return { links, next: null };
    position = { root: last.root, member: last.id, side: 2, other: afterAll };
  }
  return { links, next: position };
}

/** Above every id that is ever made: ids are version 4, 7 or 8. */
const afterAll = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** What an erasure has left without any counts towards degrees, but links nothing. */
const hasEvidence = 'coalesce(server_at, verified_at, public_at) is not null';

const from = (side: LinkSide): string => `case when m.place > 1 or $4 < ${side} then '${zeroId}'
  when $4 > ${side} then '${afterAll}' else $5::uuid end`;

async function findLinksOfMembers(
  client: PoolClient,
  profile: string,
  members: readonly Member[],
  after: LinkPosition | null,
  limit: number,
): Promise<MetLink[]> {
  const continues = after !== null && members[0]?.id === after.member;
  const { rows } = await client.query<{ place: number; side: LinkSide; weaker: string; stronger: string }>({
    name: 'find-links-of-members',
    text: `select m.place::integer, l.side, l.weaker, l.stronger
           from unnest($1::uuid[]) with ordinality as m (id, place)
           cross join lateral (
             (select 0 as side, weaker, stronger, weaker as other from identity.link
              where stronger = m.id and person and weaker > ${from(0)} and ${hasEvidence}
              order by weaker limit $2)
             union all
             (select 1, weaker, stronger, weaker from identity.link
              where stronger = m.id and not person and weaker > ${from(1)} and ${hasEvidence}
              order by weaker limit $2)
             union all
             (select 2, weaker, stronger, stronger from identity.link
              where weaker = m.id and stronger > ${from(2)} and ${hasEvidence}
                and not exists (select from identity.identifier s join identity.identifier r on r.id = s.root
                  where s.id = link.stronger and r.profile = $3)
              order by stronger limit $2)
           ) as l
           order by m.place, l.side, l.other limit $2`,
    values: [
      members.map(({ id }) => id),
      limit,
      profile,
      continues ? after.side : 0,
      continues ? after.other : zeroId,
    ],
  });
  return rows.flatMap(({ place, side, weaker, stronger }) => {
    const member = members[place - 1];
    if (member === undefined) return [];
    const other = side === 2 ? stronger : weaker;
    return [{ weaker, stronger, position: { root: member.root, member: member.id, side, other } }];
  });
}
