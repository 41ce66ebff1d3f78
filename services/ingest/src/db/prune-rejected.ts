/** Ends the retention of rejected items, a bounded number at a time. */
import type { Pool } from 'pg';

const rowsAtATime = 1_000;

const text = `
delete from ingest.rejected_touchpoint
where rejection_id in (
  select rejection_id from ingest.rejected_touchpoint
  where stored_at < now() - make_interval(days => $1) order by stored_at limit $2
  for update skip locked)`;

/** Deletes up to 1,000 items stored longer ago than the retention; returns how many. */
export async function pruneRejected(pool: Pool, retentionDays: number): Promise<number> {
  const { rowCount } = await pool.query(text, [retentionDays, rowsAtATime]);
  return rowCount ?? 0;
}
