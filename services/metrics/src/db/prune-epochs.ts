/** Epochs are only needed for deltas that are not folded yet: a day later they are deleted, a bounded number at a time. */
import type { Pool } from 'pg';

/** @returns how many were deleted; never the last one, which says which days are closed */
export async function pruneEpochs(pool: Pool, generation: number, limit = 10_000): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from metrics.epoch where (generation, number) in (
       select generation, number from metrics.epoch
       where generation = $1 and ends_at < now() - interval '1 day'
         and number < (select max(number) from metrics.epoch where generation = $1)
         and not exists (
           select from metrics.delta where delta.generation = epoch.generation and delta.epoch = epoch.number)
       order by number limit $2)`,
    [generation, limit],
  );
  return rowCount ?? 0;
}
