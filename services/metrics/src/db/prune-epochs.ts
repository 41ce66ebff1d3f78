/** Of the epochs of a past hour only the last is asked for: the others are deleted a day later, a bounded number at a time. */
import type { Pool } from 'pg';

/** @returns how many were deleted */
export async function pruneEpochs(pool: Pool, generation: number, limit = 10_000): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from metrics.epoch where (generation, number) in (
       select generation, number
       from (
         select generation, number, closed_at,
                lead(date_trunc('hour', closed_at at time zone 'UTC')) over (order by number)
                  = date_trunc('hour', closed_at at time zone 'UTC') as is_followed
         from metrics.epoch
         where generation = $1 and folded and closed_at < now() - interval '1 day') as past
       where is_followed order by number limit $2)`,
    [generation, limit],
  );
  return rowCount ?? 0;
}
