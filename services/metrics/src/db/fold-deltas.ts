/**
 * Keeps the unfolded deltas few. First an epoch is closed; then the deltas that its snapshot sees are summed, a bounded
 * number at a time, into `figure_day` and `figure_change` and deleted, in one statement: a reader in one snapshot finds
 * each change either here or there. An epoch's changes carry its hour, so asking for the figures of an hour's end gives
 * the same answer for ever.
 *
 * Upserting a cell costs about 15 µs; a batch of 1,000 touchpoints on random days has 16,000 of them, so deltas are left
 * to gather: what thirty batches wrote folds for the price of one.
 */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';

export interface FoldOptions {
  generation: number;
  /** Fold nothing as long as fewer deltas wait, and none waits longer than `maxAgeMs`. */
  minDeltas: number;
  maxAgeMs: number;
  /** Most deltas of one transaction. */
  maxDeltas: number;
}

/** @returns how many deltas were folded; 0 also when another process is at it */
export async function foldDeltas(pool: Pool, options: FoldOptions): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const lock = await client.query<{ held: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('throughline metrics fold'), $1) as held`,
      [options.generation],
    );
    if (lock.rows[0]?.held !== true) return 0;
    const open = await client.query<{ number: number }>(
      `select number from metrics.epoch where generation = $1 and not folded order by number limit 1`,
      [options.generation],
    );
    const number = open.rows[0]?.number ?? (await closeEpoch(client, options));
    if (number === undefined) return 0;
    const folded = await client.query<{ count: number }>(foldStatement, [
      options.generation,
      number,
      options.maxDeltas,
    ]);
    const count = folded.rows[0]?.count ?? 0;
    if (count < options.maxDeltas) {
      await client.query('update metrics.epoch set folded = true where generation = $1 and number = $2', [
        options.generation,
        number,
      ]);
    }
    return count;
  });
}

type Client = Parameters<Parameters<typeof inTransaction>[1]>[0];

async function closeEpoch(
  client: Client,
  { generation, minDeltas, maxAgeMs }: FoldOptions,
): Promise<number | undefined> {
  const { rows } = await client.query<{ number: number }>(
    `with waiting as (
       select count(*) as deltas, min(written_at) as oldest
       from (select written_at from metrics.delta where generation = $1 limit $2) as sample),
     last as (
       select coalesce(max(number), 0) as number, max(closed_at) as closed_at
       from metrics.epoch where generation = $1)
     insert into metrics.epoch (generation, number, closed_at, snapshot)
     select $1, last.number + 1, greatest(clock_timestamp(), last.closed_at + interval '1 millisecond'),
            pg_current_snapshot()
     from waiting, last
     where waiting.deltas >= $2
        or waiting.deltas > 0 and waiting.oldest <= clock_timestamp() - $3 * interval '1 millisecond'
     returning number`,
    [generation, Math.max(1, minDeltas), maxAgeMs],
  );
  return rows[0]?.number;
}

const foldStatement = `
  with epoch as (
    select snapshot, date_trunc('hour', closed_at at time zone 'UTC') at time zone 'UTC' as hour
    from metrics.epoch where generation = $1 and number = $2),
  taken as (
    delete from metrics.delta
    where id in (
      select delta.id from metrics.delta, epoch
      where generation = $1 and pg_visible_in_snapshot(xid, epoch.snapshot)
      order by delta.id limit $3)
    returning series, cause, reason, days, amounts),
  cells as (
    select series, cause, day, sum(amount) as amount
    from taken cross join lateral unnest(days, amounts) as cell (day, amount)
    group by series, cause, day),
  changes as (
    insert into metrics.figure_change (series, hour, day, cause, amount)
    select series, hour, day, cause, amount from cells, epoch where amount <> 0 order by series, day, cause
    on conflict (series, hour, day, cause) do update set amount = figure_change.amount + excluded.amount),
  days as (
    insert into metrics.figure_day (series, day, amount)
    select series, day, sum(amount) from cells group by series, day having sum(amount) <> 0 order by series, day
    on conflict (series, day) do update set amount = figure_day.amount + excluded.amount),
  reasons as (
    insert into metrics.change_reason (generation, hour, cause, reason)
    select distinct $1::smallint, hour, cause, reason
    from (select cause, reason from taken where reason is not null limit 200) as sample, epoch
    order by cause, reason
    on conflict do nothing)
  select count(*) as count from taken`;
