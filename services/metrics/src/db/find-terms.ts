/** When which generation of figures was in use, and the epochs with which that began and ended. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';

export interface FigureTerm {
  generation: number;
  /** ms since 1970 */
  from: number;
  /** The figures with which it came into use. */
  first: AsOf;
  /** Those with which another took its place; null of the one in use. */
  last: AsOf | null;
}

interface Row {
  generation: number;
  from: Date;
  firstEpoch: number;
  firstClosed: number;
  lastEpoch: number | null;
  lastClosed: number | null;
}

/** In the order of time. One of before the first epoch began has not been asked for anything. */
export async function findFigureTerms(pool: Pool): Promise<FigureTerm[]> {
  const { rows } = await pool.query<Row>(
    `select generation.id as generation, current_from as "from", first.number as "firstEpoch",
            first.closed_through as "firstClosed", last.number as "lastEpoch", last.closed_through as "lastClosed"
     from metrics.generation
     cross join lateral (
       select number, closed_through from metrics.epoch
       where epoch.generation = generation.id and number >= first_epoch order by number limit 1) as first
     left join lateral (
       select number, closed_through from metrics.epoch
       where epoch.generation = generation.id and began_at <= current_until order by number desc limit 1) as last on true
     where current_from is not null
     order by current_from, generation.id`,
  );
  return rows.map(({ generation, from, firstEpoch, firstClosed, lastEpoch, lastClosed }) => {
    const at = (epoch: number, closedThrough: number): AsOf => {
      return { generation, epoch, closedThrough, beganAt: from.getTime(), processedThrough: null };
    };
    const last = lastEpoch === null || lastClosed === null ? null : at(lastEpoch, lastClosed);
    return { generation, from: from.getTime(), first: at(firstEpoch, firstClosed), last };
  });
}

/** Beginning of the quarter of an hour of an epoch, ms since 1970. */
export async function findQuarter(pool: Pool, { generation, epoch }: AsOf): Promise<number> {
  const { rows } = await pool.query<{ quarter: Date }>(
    'select quarter from metrics.epoch where generation = $1 and number = $2',
    [generation, epoch],
  );
  return rows[0]?.quarter.getTime() ?? 0;
}
