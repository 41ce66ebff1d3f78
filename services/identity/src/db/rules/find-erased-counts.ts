/** What erasures have left of what they took: links that count at a level, and transactions that a server has mentioned. */
import type { PoolClient } from 'pg';
import type { Level } from '../../core/evidence.ts';
import type { ErasedEnd } from '../../core/nameless-touchpoints.ts';

const zeroId = '00000000-0000-0000-0000-000000000000';

export interface ErasedLink {
  level: Level;
  ends: [ErasedEnd, ErasedEnd];
}

export interface ErasedCountPage {
  /** That were looked at. */
  identifiers: string[];
  links: ErasedLink[];
  /** By touchpoints that are gone, at least. */
  vouched: ErasedEnd[];
  /** The last weaker end that was looked at; null at the end. */
  next: string | null;
}

const end = (alias: string): string =>
  `json_build_object('id', ${alias}.id, 'type', ${alias}.type, 'blocked', ${alias}.blocked)`;

/** Of the links of the next identifiers. */
export async function findErasedCounts(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<ErasedCountPage> {
  const { rows: page } = await client.query<ErasedEnd & { isVouched: boolean }>(
    `select id, type, blocked, vouched and (first_server_at is null
       or exists (select from identity.erasure_mention m where m.identifier = i.id)) as "isVouched"
     from identity.identifier i where id > $1 order by id limit $2`,
    [after ?? zeroId, limit],
  );
  const { rows } = await client.query<ErasedLink>(
    `select l.erased_level as level, json_build_array(${end('w')}, ${end('s')}) as ends
     from identity.link l join identity.identifier w on w.id = l.weaker join identity.identifier s on s.id = l.stronger
     where l.weaker = any($1::uuid[]) and l.erased_level > 0 order by l.weaker, l.stronger`,
    [page.map(({ id }) => id)],
  );
  const identifiers = page.map(({ id }) => id);
  const vouched = page.filter(({ isVouched }) => isVouched);
  return {
    identifiers,
    links: rows,
    vouched,
    next: page.length < limit ? null : (identifiers.at(-1) ?? null),
  };
}
