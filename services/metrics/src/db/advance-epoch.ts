/** Begins the next epoch in time, so that days close and quarters of an hour pass also when nothing is written. */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { beginEpoch, findCurrentEpoch } from './enter-epoch.ts';

/** Batches wait behind this request for the exclusive lock; a process that is stopped inside a batch must not stop them all. */
const lockTimeoutMs = 250;
const lockNotAvailable = '55P03';

/** @returns whether there is an epoch that is not over; false when transactions of the last one did not end in time */
export async function advanceEpoch(
  pool: Pool,
  generation: number,
  calendar: ReportingCalendar,
): Promise<boolean> {
  const current = await findCurrentEpoch(pool, generation);
  if (current?.isOver === false) return true;
  try {
    await inTransaction(pool, async (client) => {
      await client.query(`set local lock_timeout = '${lockTimeoutMs}ms'`);
      await client.query(`select pg_advisory_xact_lock(hashtext('throughline metrics epoch'), $1::int)`, [
        generation,
      ]);
      const last = await findCurrentEpoch(client, generation);
      if (last?.isOver !== false) await beginEpoch(client, { generation, calendar }, last);
    });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === lockNotAvailable) return false;
    throw error;
  }
}
