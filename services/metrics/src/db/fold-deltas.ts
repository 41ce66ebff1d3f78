/**
 * Keeps the unfolded deltas few: they are summed, a bounded number at a time, into `figure_day` and `figure_block`,
 * `figure_change` and `change_reason` and deleted, in one statement: a reader in one snapshot finds each change either here or there. A change
 * keeps the epoch that it was written in, so folding changes no answer, whenever it happens.
 *
 * Upserting a cell costs about 15 µs; a batch of 1,000 touchpoints on random days has 16,000 of them, so deltas are left
 * to gather: what thirty batches wrote folds for the price of one.
 */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
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
    const folded = await client.query<{ count: number }>(foldStatement, [generation, maxDeltas, maxReasons]);
    return folded.rows[0]?.count ?? 0;
  });
}

const foldStatement = `
  with taken as (
    delete from metrics.delta
    where id in (select id from metrics.delta where generation = $1 order by id limit $2)
    returning id, series, epoch, cause, reason, days, amounts),
  placed as (
    select taken.id, series, taken.epoch, closed_through, cause, reason, days, amounts
    from taken join metrics.epoch on epoch.generation = $1 and epoch.number = taken.epoch),
  cells as (
    select series, day, epoch, closed_through, cause, sum(amount) as amount
    from placed cross join lateral unnest(days, amounts) as cell (day, amount)
    group by series, day, epoch, closed_through, cause),
  changes as (
    insert into metrics.figure_change (series, day, epoch, amount, closed_through, cause)
    select series, day, epoch, amount, closed_through, cause from cells where amount <> 0
    order by series, day, epoch, cause
    on conflict (series, day, epoch, cause) do update
      set amount = figure_change.amount + excluded.amount),
  days as (
    insert into metrics.figure_day (series, day, amount)
    select series, day, sum(amount) from cells group by series, day having sum(amount) <> 0 order by series, day
    on conflict (series, day) do update set amount = figure_day.amount + excluded.amount),
  blocks as (
    insert into metrics.figure_block (series, block, amount)
    select series, day >> 9, sum(amount) from cells group by 1, 2 having sum(amount) <> 0 order by 1, 2
    on conflict (series, block) do update set amount = figure_block.amount + excluded.amount),
  spans as (${reasonSpans('placed')}),
  named as (
    select series, epoch, cause, reason, range_agg(days) as days, min(id) as first
    from spans group by series, epoch, cause, reason),
  ranked as (
    select named.*, known.count + row_number() over (partition by series, epoch, cause order by first) as place
    from named cross join lateral (
      select count(*) from metrics.change_reason as kept
      where kept.series = named.series and kept.epoch = named.epoch and kept.cause = named.cause) as known),
  reasons as (
    insert into metrics.change_reason (series, epoch, cause, reason, days)
    select series, epoch, cause, reason, days from ranked where place <= $3
    order by series, epoch, cause, reason
    on conflict (series, epoch, cause, reason) do update
      set days = change_reason.days + excluded.days)
  select count(*) as count from taken`;
