/** The epochs by which figures are answered as they stood at a moment. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';

interface Row {
  epoch: number;
  closedThrough: number;
  beganAt: Date;
  processedThrough: Date | null;
}

/** Earlier ones are of the time when the generation was built. */
const firstEpoch = '(select first_epoch from metrics.generation where id = $1)';

const columns = `number as epoch, closed_through as "closedThrough", began_at as "beganAt",
  processed_through as "processedThrough"`;

/** Null when no epoch of the generation had begun at the moment. @param moment ms since 1970 */
export async function findAsOf(pool: Pool, generation: number, moment: number): Promise<AsOf | null> {
  const { rows } = await pool.query<Row>(
    `select ${columns} from metrics.epoch
     where generation = $1 and began_at <= $2 and number >= ${firstEpoch} order by began_at desc limit 1`,
    [generation, new Date(moment).toISOString()],
  );
  return toAsOf(generation, rows[0]);
}

/**
 * The first and the last moment that can be asked for. Of a later one than the last it is not known yet which changes are
 * before it: transactions that began earlier may still commit.
 */
export async function findAsOfBounds(
  pool: Pool,
  generation: number,
): Promise<{ earliest: AsOf; latest: AsOf } | null> {
  const { rows } = await pool.query<Row>({
    name: 'find-as-of-bounds',
    text: `(select ${columns} from metrics.epoch where generation = $1 and number >= ${firstEpoch} order by number limit 1)
     union all
     (select ${columns} from metrics.epoch where generation = $1 order by number desc limit 1)`,
    values: [generation],
  });
  const [earliest, latest] = rows.map((row) => toAsOf(generation, row));
  return earliest === undefined || earliest === null || latest === undefined || latest === null
    ? null
    : { earliest, latest };
}

function toAsOf(generation: number, row: Row | undefined): AsOf | null {
  if (row === undefined) return null;
  const { epoch, closedThrough, beganAt, processedThrough } = row;
  return {
    generation,
    epoch,
    closedThrough,
    beganAt: beganAt.getTime(),
    processedThrough: processedThrough?.getTime() ?? null,
  };
}
