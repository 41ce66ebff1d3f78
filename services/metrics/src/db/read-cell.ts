/** The changes of one cell of cohorts as they stood at a moment, folded and not yet folded. */
import type { Pool } from 'pg';
import type { DayChange } from '../core/lifecycle.ts';

/** Ascending by day; what changed before the first day is summed on it. */
export async function readCell(
  pool: Pool,
  { series, cell, epoch }: { series: number; cell: number; epoch: number },
  { from, to }: { from: number; to: number },
): Promise<DayChange[]> {
  const { rows } = await pool.query<DayChange>(
    `select greatest(day, $3::int) as day, sum(amount)::bigint as amount
     from (
       select day, amount, epoch from metrics.cohort_change where series = $1 and cell = $2
       union all
       select part.day, part.amount, delta.epoch
       from metrics.delta cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)
       where series = $1 and part.cell = $2) as change
     where epoch < $5::bigint and day <= $4
     group by 1 order by 1`,
    [series, cell, from, to, epoch],
  );
  return rows;
}
