/** Ends the retention of resubmissions and of the counts of rejected items, a bounded number at a time. */
import type { Pool } from 'pg';

const rowsAtATime = 1_000;

const texts = {
  resubmission: `
delete from ingest.resubmission
where resubmission_id in (
  select resubmission_id from ingest.resubmission
  where created_at < now() - make_interval(days => $1) and state <> 'running' order by created_at limit $2
  for update skip locked)`,
  rejected_count: `
delete from ingest.rejected_count
where (hour, source, code) in (
  select hour, source, code from ingest.rejected_count
  where hour < now() - make_interval(days => $1) order by hour, source, code limit $2
  for update skip locked)`,
} as const;

/** Deletes up to 1,000 rows that are older than the retention; returns how many. */
export async function pruneResubmissions(
  pool: Pool,
  table: keyof typeof texts,
  retentionDays: number,
): Promise<number> {
  const { rowCount } = await pool.query(texts[table], [retentionDays, rowsAtATime]);
  return rowCount ?? 0;
}
