/**
 * Keeps the unfolded deltas few: they are summed, a bounded number at a time, into `figure_day` and `figure_block`,
 * `figure_change` and `change_reason`, those of cohorts into `figure_cohort`, and deleted, in one statement: a reader in one
 * snapshot finds each change either here or there. A change keeps the epoch that it was written in, so folding changes no answer,
 * whenever it happens.
 *
 * Upserting a cell costs about 15 µs, so deltas are left to gather: what thirty batches wrote folds for the price of one. Cells
 * of cohorts are seldom the same: they are put into rows of arrays, for a tenth of that.
 */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import { maxCell } from '../core/series.ts';
import { reasonSpans } from './reason-spans.ts';

export interface FoldOptions {
  generation: number;
  /** Fold nothing while there are fewer deltas and none is older than `maxAgeMs`. */
  minDeltas: number;
  maxAgeMs: number;
  /** Most deltas of one transaction. */
  maxDeltas: number;
}

/** Kept of one series, cause and epoch; further ones are counted in the figures and not named. */
const maxReasons = 50;

/** A row of cohorts with fewer cells is put together with what comes after it. */
const cohortRowSize = 2_048;

const bitsOfCell = Math.log2(maxCell + 1);

/** Day and cell of a row as one number. */
function placeOf(row: string): string {
  return `(${row}.day::bigint << ${bitsOfCell} | ${row}.cell)`;
}

/** @returns how many deltas were folded; 0 also when another process is folding */
export async function foldDeltas(pool: Pool, options: FoldOptions): Promise<number> {
  const { generation, minDeltas, maxAgeMs, maxDeltas } = options;
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ isDue: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('throughline metrics fold'), $1)
         and exists (
           select from (
             select count(*) as deltas, min(written_at) as oldest
             from (select written_at from metrics.delta where generation = $1 order by id limit $2) as sample) as pending
           where deltas >= $2 or oldest <= clock_timestamp() - $3 * interval '1 millisecond') as "isDue"`,
      [generation, Math.max(1, minDeltas), maxAgeMs],
    );
    if (rows[0]?.isDue !== true) return 0;
    // Of what a statement computes on its way the planner has no statistics: it would go through thousands of rows for each other.
    await client.query('set local enable_nestloop = off; set local enable_hashjoin = on');
    const values = [generation, maxDeltas, maxReasons, cohortRowSize];
    const folded = await client.query<{ count: number }>(foldStatement, values);
    return folded.rows[0]?.count ?? 0;
  });
}

/**
 * Of cohorts: a row for each series, block, epoch and cause, with what a row that is not full holds already. Cells are summed by
 * two numbers, that of the series, epoch and cause, and that of day and cell: by all columns it takes three times as long.
 */
const foldCohorts = `
  added as (
    select number, ${placeOf('part')} as place, part.amount::int as amount
    from placed cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)
    where cells is not null),
  extended as (
    delete from metrics.figure_cohort where ctid = any (array(
      select kept.ctid
      from (select distinct number, place >> ${bitsOfCell + 6} as block from added) as touched
      join numbered using (number)
      cross join lateral (
        select ctid from metrics.figure_cohort as kept
        where kept.series = numbered.series and kept.block = touched.block and kept.epoch = numbered.epoch
          and kept.cause = numbered.cause and kept.size < $4
        offset 0) as kept))
    returning series, epoch, cause, days, cells, amounts),
  summed as (
    select number, place, sum(amount) as amount
    from (
      select * from added
      union all
      select number, ${placeOf('part')}, part.amount::int
      from extended join numbered using (series, epoch, cause)
      cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)) as part
    group by number, place having sum(amount) <> 0),
  cohorts as (
    insert into metrics.figure_cohort (series, block, epoch, closed_through, size, cause, days, cells, amounts)
    select series, block, epoch, closed_through, size, cause, days, cells, amounts
    from (
      select number, place >> ${bitsOfCell + 6} as block, count(*) as size,
             array_agg((place >> ${bitsOfCell})::int order by place) as days,
             array_agg((place & ${maxCell})::smallint order by place) as cells, array_agg(amount order by place) as amounts
      from summed group by number, place >> ${bitsOfCell + 6}) as gathered
    join numbered using (number))`;

const foldReasons = `
  reasoned as (
    select id, series, cell, epoch, closed_through, cause, reason, days, amounts
    from (
      select id, number, 0::smallint as cell, reason, days, amounts
      from placed where cells is null and reason is not null
      union all
      select id, number, part.cell, reason,
             array_agg(part.day order by part.day), array_agg(part.amount order by part.day)
      from placed cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)
      where cells is not null and reason is not null
      group by id, number, part.cell, reason) as named
    join numbered using (number)),
  spans as (${reasonSpans('reasoned')}),
  named as (
    select series, cell, epoch, cause, reason, range_agg(days) as days, min(id) as first
    from spans group by series, cell, epoch, cause, reason),
  ranked as (
    select named.*, known.count + row_number() over (partition by series, cell, epoch, cause order by first) as place
    from named cross join lateral (
      select count(*) from metrics.change_reason as kept
      where kept.series = named.series and kept.cell = named.cell and kept.epoch = named.epoch
        and kept.cause = named.cause) as known),
  reasons as (
    insert into metrics.change_reason (series, cell, epoch, cause, reason, days)
    select series, cell, epoch, cause, reason, days from ranked where place <= $3
    order by series, cell, epoch, cause, reason
    on conflict (series, cell, epoch, cause, reason) do update
      set days = change_reason.days + excluded.days)`;

const foldStatement = `
  with taken as (
    delete from metrics.delta
    where id in (select id from metrics.delta where generation = $1 order by id limit $2)
    returning id, series, epoch, cause, reason, days, cells, amounts),
  placed as materialized (
    select taken.*, dense_rank() over (order by series, epoch, cause)::int as number from taken),
  numbered as materialized (
    select number, series, epoch, cause,
           (select closed_through from metrics.epoch where generation = $1 and epoch.number = named.epoch) as closed_through
    from (select distinct number, series, epoch, cause from placed) as named),
  sums as (
    select number, day, sum(amount) as amount
    from placed cross join lateral unnest(days, amounts) as part (day, amount)
    where cells is null
    group by number, day),
  changed as (
    select series, day, epoch, closed_through, cause, amount from sums join numbered using (number)),
  changes as (
    insert into metrics.figure_change (series, day, epoch, amount, closed_through, cause)
    select series, day, epoch, amount, closed_through, cause from changed where amount <> 0
    order by series, day, epoch, cause
    on conflict (series, day, epoch, cause) do update
      set amount = figure_change.amount + excluded.amount),
  days as (
    insert into metrics.figure_day (series, day, amount)
    select series, day, sum(amount) from changed group by series, day having sum(amount) <> 0 order by series, day
    on conflict (series, day) do update set amount = figure_day.amount + excluded.amount),
  blocks as (
    insert into metrics.figure_block (series, block, amount)
    select series, day >> 9, sum(amount) from changed group by 1, 2 having sum(amount) <> 0 order by 1, 2
    on conflict (series, block) do update set amount = figure_block.amount + excluded.amount),
  ${foldCohorts},
  ${foldReasons}
  select count(*) as count from taken`;
