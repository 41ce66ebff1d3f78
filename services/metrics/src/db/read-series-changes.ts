/** Changes of a series by cause and hour, newest hours first, as far as they are folded. */
import type { Pool } from 'pg';
import type { SeriesChangeOfHour } from '../core/restatements.ts';

/**
 * Whole hours, of which the first rows make up the page: the last hour is read to its end, even past the limit.
 *
 * @param through the newest hour (ms since 1970), or null
 * @returns ordered by hour descending, then cause and day, and whether there are older ones
 */
export async function readSeriesChanges(
  pool: Pool,
  series: number,
  through: number | null,
  rowLimit: number,
): Promise<{ changes: SeriesChangeOfHour[]; olderThan: number | null }> {
  const { rows } = await pool.query<Omit<SeriesChangeOfHour, 'hour'> & { hour: Date }>(
    `select hour, cause, day, amount
     from metrics.figure_change
     where series = $1 and ($2::timestamptz is null or hour <= $2)
       and hour >= coalesce((
         select hour from metrics.figure_change
         where series = $1 and ($2::timestamptz is null or hour <= $2)
         order by hour desc offset $3 limit 1), '-infinity')
     order by hour desc, cause, day`,
    [series, through === null ? null : new Date(through).toISOString(), rowLimit],
  );
  const changes = rows.map((row) => ({ ...row, hour: row.hour.getTime() }));
  const oldest = changes.at(-1)?.hour;
  return { changes, olderThan: oldest !== undefined && changes.length > rowLimit ? oldest : null };
}
