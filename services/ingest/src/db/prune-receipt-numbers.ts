/** Ends the retention of receipt numbers, a bounded number at a time. */
import type { Pool } from 'pg';

const rowsAtATime = 1_000;

const text = `
delete from ingest.receipt_number
where ctid = any (array(
  select ctid from ingest.receipt_number
  where stored_at < now() - make_interval(days => $1) order by stored_at limit $2
  for update skip locked))`;

/** Deletes up to 1,000 numbers stored longer ago than the retention; returns how many. */
export async function pruneReceiptNumbers(pool: Pool, retentionDays: number): Promise<number> {
  const { rowCount } = await pool.query(text, [retentionDays, rowsAtATime]);
  return rowCount ?? 0;
}
