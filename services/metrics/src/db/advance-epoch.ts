/** Begins the next epoch in time, so that days close and quarters of an hour pass also when nothing is written. */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { enterEpoch, findCurrentEpoch } from './enter-epoch.ts';

/** Batches that come meanwhile wait behind the exclusive lock; a process that is stopped inside a batch must not stop them. */
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
      await enterEpoch(client, generation, calendar);
    });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === lockNotAvailable) return false;
    throw error;
  }
}
