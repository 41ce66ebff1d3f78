/**
 * Which epoch a transaction writes its changes in. Epochs are fenced by an advisory lock: a transaction holds it shared from
 * here to its commit, and the next epoch begins under the exclusive one. So:
 *
 * 1. What has the number of an epoch was committed before the next epoch began: an epoch that has a successor never changes.
 * 2. A change has its quarter of an hour and its closed days from the moment it is written, whenever it is folded.
 *
 * A snapshot of Postgres for each epoch (`pg_visible_in_snapshot` of the row's transaction id) gives the first, but not the
 * second, and its transaction ids mean nothing in the cluster that a dump is restored to.
 */
import { allOrCause, RetryTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { nextEpoch } from '../core/epoch.ts';
import { saveClosedFigures } from './save-closed-figures.ts';

export interface EnteredEpoch {
  number: number;
  /** Changes of days up to it are restatements. */
  closedThrough: number;
}

interface StoredEpoch extends EnteredEpoch {
  beganAt: Date;
  isOver: boolean;
}

/**
 * Belongs right before the deltas are written, with no lock on rows left to take. A transaction that finds the epoch over
 * begins the next one if no other transaction is in this one, and else still writes in this one: it never waits for others
 * here; `advanceEpoch`, a timer of a second, does. Costs each batch two statements that read one row.
 */
export async function enterEpoch(
  client: PoolClient,
  generation: number,
  calendar: ReportingCalendar,
): Promise<EnteredEpoch> {
  const locking = client.query<{ held: 'exclusive' | 'shared' }>({
    name: 'lock-epoch',
    text: `select case
             when case when is_over then pg_try_advisory_xact_lock(key, $1::int) else false end then 'exclusive'
             else 'shared' || pg_advisory_xact_lock_shared(key, $1::int)::text
           end as held
           from hashtext('throughline metrics epoch') as key,
             lateral (select coalesce((select ends_at <= clock_timestamp() from metrics.epoch
                                       where generation = $1 order by number desc limit 1), true) as is_over) as current`,
    values: [generation],
  });
  // Another statement, since a snapshot is older than the lock that its statement waits for: executed after it, sent with it.
  const [{ rows }, current] = await allOrCause([locking, findCurrentEpoch(client, generation)]);
  if (current !== null && !(current.isOver && rows[0]?.held === 'exclusive')) return current;
  if (rows[0]?.held === 'exclusive') return await beginEpoch(client, { generation, calendar }, current);
  throw new RetryTransaction('another transaction begins the first epoch');
}

export async function findCurrentEpoch(
  database: Pool | PoolClient,
  generation: number,
): Promise<StoredEpoch | null> {
  const { rows } = await database.query<StoredEpoch>({
    name: 'find-current-epoch',
    text: `select number, began_at as "beganAt", closed_through as "closedThrough", ends_at <= clock_timestamp() as "isOver"
           from metrics.epoch where generation = $1 order by number desc limit 1`,
    values: [generation],
  });
  return rows[0] ?? null;
}

/**
 * To be called under the exclusive lock. Epochs begin one after the other also when the clock was set back, so that every
 * moment has one epoch.
 *
 * @param closedAtLeast a day that was closed in the figures before these, and so is closed in them too, whatever the zone
 */
export async function beginEpoch(
  client: PoolClient,
  {
    generation,
    calendar,
    closedAtLeast = Number.NEGATIVE_INFINITY,
  }: { generation: number; calendar: ReportingCalendar; closedAtLeast?: number },
  previous: StoredEpoch | null,
): Promise<EnteredEpoch> {
  const clock = await client.query<{ now: Date }>('select clock_timestamp() as now');
  const clockMs = (clock.rows[0]?.now ?? new Date(Number.NaN)).getTime();
  const now = previous === null ? clockMs : Math.max(clockMs, previous.beganAt.getTime() + 1);
  const {
    quarter,
    closedThrough: closed,
    endsAt,
  } = nextEpoch(now, previous?.closedThrough ?? null, calendar);
  const closedThrough = Math.max(closed, closedAtLeast);
  if (previous !== null && closedThrough > previous.closedThrough) {
    await saveClosedFigures(client, generation, { from: previous.closedThrough + 1, to: closedThrough });
  }
  const number = (previous?.number ?? 0) + 1;
  await client.query(
    `insert into metrics.epoch (generation, number, began_at, ends_at, quarter, closed_through, processed_through)
     values ($1, $2, $3, $4, $5, $6, (select min(processed_through) from metrics.progress))`,
    [
      generation,
      number,
      ...[now, endsAt, quarter].map((time) => new Date(time).toISOString()),
      closedThrough,
    ],
  );
  return { number, closedThrough };
}
