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
    `insert into identity.withdrawal (id, source, by, from_at, to_at, touchpoint, link, note, made_with, author, ruleset)
     values ($1, $2, $3, $4, $5, $6, $7::uuid[], $8, $9, $10, $11)`,
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
