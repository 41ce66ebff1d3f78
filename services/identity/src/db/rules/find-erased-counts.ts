/** What erasures have left of the evidence that they took: links that are still counted at a level at which nothing shows them. */
import type { IdentifierType } from '@throughline/contracts';
import type { PoolClient } from 'pg';

const zeroId = '00000000-0000-0000-0000-000000000000';

export interface ErasedCountEnd {
  id: string;
  type: IdentifierType;
  blocked: boolean;
  vouched: boolean;
}

export interface ErasedCount {
  level: number;
  ends: [ErasedCountEnd, ErasedCountEnd];
}

export interface ErasedCountPage {
  /** That were looked at. */
  identifiers: string[];
  counts: ErasedCount[];
  /** The last weaker end that was looked at; null at the end. */
  next: string | null;
}

const end = (alias: string): string =>
  `json_build_object('id', ${alias}.id, 'type', ${alias}.type, 'blocked', ${alias}.blocked, 'vouched', ${alias}.vouched)`;

/** Of the links of the next identifiers. */
export async function findErasedCounts(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<ErasedCountPage> {
  const { rows: page } = await client.query<{ id: string }>(
    'select id from identity.identifier where id > $1 order by id limit $2',
    [after ?? zeroId, limit],
  );
  const { rows } = await client.query<ErasedCount>(
    `select l.counted_level as level, json_build_array(${end('w')}, ${end('s')}) as ends
     from identity.link l join identity.identifier w on w.id = l.weaker join identity.identifier s on s.id = l.stronger
     where l.weaker = any($1::uuid[]) and l.counted_level > l.best_level order by l.weaker, l.stronger`,
    [page.map(({ id }) => id)],
  );
  const identifiers = page.map(({ id }) => id);
  return { identifiers, counts: rows, next: page.length < limit ? null : (identifiers.at(-1) ?? null) };
}
