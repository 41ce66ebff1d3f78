/** Stored valuations, and whether there is a reason for another. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import type { Valuation } from '../core/valuation.ts';

export interface FoundValuation {
  day: number;
  computedAt: Date;
  valuation: Valuation;
}

/** The newest one, or the newest that was known at a moment; null before the first. */
export async function findValuation(
  pool: Pool,
  generation: number,
  asOf: AsOf | null,
): Promise<FoundValuation | null> {
  const { rows } = await pool.query<FoundValuation>(
    `select day, computed_at as "computedAt", content as valuation from metrics.valuation
     where generation = $1 and ($2::bigint is null or epoch < $2) order by epoch desc limit 1`,
    [generation, asOf?.epoch ?? null],
  );
  return rows[0] ?? null;
}

export interface ValuationState {
  /** The last closed day. */
  day: number;
  /** How far the records are consumed. */
  positions: string;
  /** Of the newest valuation; null before the first. */
  valued: { day: number; positions: string } | null;
}

/** Null before the first epoch. */
export async function readValuationState(pool: Pool, generation: number): Promise<ValuationState | null> {
  const { rows } = await pool.query<{
    day: number;
    positions: string;
    valuedDay: number | null;
    valuedPositions: string | null;
  }>(
    `select epoch.closed_through as day, coalesce(consumed.positions, '') as positions, valuation.day as "valuedDay",
            valuation.positions as "valuedPositions"
     from (select closed_through from metrics.epoch where generation = $1 order by number desc limit 1) as epoch
     cross join (
       select string_agg(concat(topic, partition, '=', next_offset), ' ' order by topic, partition) as positions
       from metrics.consumer_offset) as consumed
     left join (
       select day, positions from metrics.valuation where generation = $1 order by epoch desc limit 1) as valuation on true`,
    [generation],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { day, positions, valuedDay, valuedPositions } = row;
  const valued =
    valuedDay === null || valuedPositions === null ? null : { day: valuedDay, positions: valuedPositions };
  return { day, positions, valued };
}
