/** Withdrawals of evidence, with the version of the rules that brings each. */
import type { Pool, PoolClient } from 'pg';
import type { EvidenceWithdrawal } from '../../core/evidence-withdrawal.ts';
import { isoTimestamps } from '../iso-timestamps.ts';

export interface StoredWithdrawal extends EvidenceWithdrawal {
  note: string;
  madeWith: string;
  author: string | null;
  madeAt: string;
  /** Version of the rules that brings it. */
  ruleset: number;
  /** Version that takes it back; null for none. */
  undoneBy: number | null;
}

const columns = `id, source, by, from_at as "from", to_at as "to", touchpoint, link, note, made_with as "madeWith", author,
  made_at as "madeAt", ruleset, undone_by as "undoneBy"`;

export async function insertWithdrawal(
  client: PoolClient,
  withdrawal: EvidenceWithdrawal,
  made: { note: string; by: { key: string; author: string | null }; ruleset: number },
): Promise<void> {
  const { id, source, by, from, to, touchpoint, link } = withdrawal;
  await client.query(
    `insert into identity.withdrawal (id, source, by, from_at, to_at, touchpoint, link, made_link, note, made_with, author, ruleset)
     values ($1, $2, $3, $4, $5, $6, $7::uuid[], $7::uuid[], $8, $9, $10, $11)`,
    [id, source, by, from, to, touchpoint, link, made.note, made.by.key, made.by.author, made.ruleset],
  );
}

export async function markUndone(client: PoolClient, id: string, ruleset: number): Promise<void> {
  await client.query('update identity.withdrawal set undone_by = $2 where id = $1', [id, ruleset]);
}

export async function findWithdrawal(
  client: Pick<PoolClient, 'query'>,
  id: string,
): Promise<StoredWithdrawal | null> {
  const { rows } = await client.query<StoredWithdrawal>({
    text: `select ${columns} from identity.withdrawal where id = $1`,
    values: [id],
    types: isoTimestamps,
  });
  return rows[0] ?? null;
}

/** Newest first. */
export async function findWithdrawals(
  pool: Pool,
  { before, limit }: { before: { at: string; id: string }; limit: number },
): Promise<StoredWithdrawal[]> {
  const { rows } = await pool.query<StoredWithdrawal>({
    text: `select ${columns} from identity.withdrawal where (made_at, id) < ($1::timestamptz, $2::uuid)
           order by made_at desc, id desc limit $3`,
    values: [before.at, before.id, limit],
    types: isoTimestamps,
  });
  return rows;
}

/** The links of those that withdraw one, as they were made. */
export async function findMadeLinks(
  client: PoolClient,
  ids: readonly string[],
): Promise<Map<string, [string, string]>> {
  const { rows } = await client.query<{ id: string; link: [string, string] }>(
    `select id, made_link as link from identity.withdrawal where id = any($1::uuid[]) and made_link is not null`,
    [ids],
  );
  return new Map(rows.map(({ id, link }) => [id, link]));
}

export async function saveLinkNames(
  client: PoolClient,
  withdrawals: readonly Pick<EvidenceWithdrawal, 'id' | 'link'>[],
): Promise<void> {
  for (const { id, link } of withdrawals) {
    if (link === null) continue;
    await client.query('update identity.withdrawal set link = $2::uuid[] where id = $1', [id, link]);
  }
}

/** Whatever has become of them. */
export async function findAllWithdrawals(client: PoolClient): Promise<EvidenceWithdrawal[]> {
  const { rows } = await client.query<EvidenceWithdrawal>({
    text: `select id, source, by, from_at as "from", to_at as "to", touchpoint, link from identity.withdrawal
           where made_link is not null order by id`,
    types: isoTimestamps,
  });
  return rows;
}
