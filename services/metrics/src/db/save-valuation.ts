/** Stores a valuation in the epoch in which it is known, so that it has its place among the answers as of a moment. */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import type { Valuation } from '../core/valuation.ts';
import { enterEpoch } from './enter-epoch.ts';

export interface SavedValuation {
  day: number;
  /** How far the records were consumed before it was computed. */
  positions: string;
  valuation: Valuation;
}

/** A later one of the same epoch takes the place of an earlier; one that is the same as the last is only noted. */
export async function saveValuation(
  pool: Pool,
  { generation, calendar }: { generation: number; calendar: ReportingCalendar },
  { day, positions, valuation }: SavedValuation,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { number: epoch } = await enterEpoch(client, generation, calendar);
    const content = JSON.stringify(valuation);
    const { rowCount } = await client.query(
      `update metrics.valuation set positions = $3, checked_at = clock_timestamp()
       where (generation, epoch) = (
           select generation, epoch from metrics.valuation where generation = $1 order by epoch desc limit 1)
         and day = $2 and content = $4::jsonb`,
      [generation, day, positions, content],
    );
    if (rowCount === 1) return;
    await client.query(
      `insert into metrics.valuation (generation, epoch, day, positions, content)
       values ($1, $2, $3, $4, $5)
       on conflict (generation, epoch) do update
         set day = excluded.day, positions = excluded.positions, content = excluded.content,
             computed_at = clock_timestamp(), checked_at = clock_timestamp()`,
      [generation, epoch, day, positions, content],
    );
  });
}
