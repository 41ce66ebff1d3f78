/** The identifiers of a profile in the order in which pages walk them: the roots by id, then what is attached to each of them. */
import type { PoolClient } from 'pg';
import { type FoundRoot, isTransaction } from './find-profile-roots.ts';

export interface Member {
  root: string;
  id: string;
}

/** Where a walk is. */
export interface MemberPosition {
  root: string;
  member: string;
}

export const zeroId = '00000000-0000-0000-0000-000000000000';

/** The member of the position first. */
export async function findNextMembers(
  client: PoolClient,
  roots: readonly FoundRoot[],
  position: MemberPosition | null,
  size: number,
): Promise<Member[]> {
  const isAtRoot = position === null || position.member === position.root;
  const members: Member[] = isAtRoot
    ? roots.filter(({ id }) => position === null || id >= position.root).map(({ id }) => ({ root: id, id }))
    : [];
  if (members.length >= size) return members.slice(0, size);
  for (const { id: root, carriers, transactions } of roots) {
    if (carriers + transactions === 0 || (!isAtRoot && root < position.root)) continue;
    const from = !isAtRoot && root === position.root ? position.member : null;
    const ids = await findAttachedFrom(client, root, from, size - members.length);
    members.push(...ids.map((id) => ({ root, id })));
    if (members.length >= size) break;
  }
  return members;
}

/** @param from the first to be found, null for the beginning */
async function findAttachedFrom(
  client: PoolClient,
  root: string,
  from: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    name: 'find-attached-from',
    text: `select i.id from identity.identifier i
           where i.root = $1 and i.root <> i.id and (${isTransaction}, i.id) >=
             (coalesce((select ${isTransaction} from identity.identifier i where i.id = $2), false), coalesce($2, '${zeroId}'))
           order by ${isTransaction}, i.id limit $3`,
    values: [root, from, limit],
  });
  return rows.map(({ id }) => id);
}
