/** Ends the retention of what identity keeps beside the touchpoints: rejections and conflicts, a bounded number at a time. */
import type { Pool } from 'pg';

const tables = { rejection: 'rejection_id', touchpoint_conflict: 'key, body_hash' } as const;

export const pruneLimit = 1_000;

/** Deletes at most `pruneLimit` rows of a table that were stored longer ago than the retention; returns how many. */
export async function pruneCopies(
  pool: Pool,
  table: keyof typeof tables,
  retentionDays: number,
): Promise<number> {
  const key = tables[table];
  const { rowCount } = await pool.query(
    `delete from identity.${table} where (${key}) in (
       select ${key} from identity.${table} where stored_at < now() - make_interval(days => $1)
       order by stored_at limit $2 for update skip locked)`,
    [retentionDays, pruneLimit],
  );
  return rowCount ?? 0;
}

export const prunedTables = Object.keys(tables) as (keyof typeof tables)[];
