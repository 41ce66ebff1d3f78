/** The answers with each score by metric and channel, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import type { ExperienceMetric } from '../core/experience.ts';
import { asOfValues, seriesChangesAsOf } from './series-changes-as-of.ts';
import { seriesChangesAfter } from './series-changes-after.ts';

// A type, not an interface: rows of CSV have an index.
export type ScoreRow = {
  metric: ExperienceMetric;
  channel: string | null;
  score: number;
  answers: number;
};

export interface ScoreRange {
  /** Days, both included. */
  from: number;
  to: number;
  asOf: AsOf | null;
  /** Rows at most; one more than are wanted says that there are more. */
  limit: number;
}

/** A range of the key for each series, of which there is one for each metric, score and channel. */
export async function readScores(
  pool: Pool,
  generation: number,
  { from, to, asOf, limit }: ScoreRange,
): Promise<ScoreRow[]> {
  const { rows } = await pool.query<ScoreRow>(
    `select dimensions ->> 'metric' as metric, dimensions ->> 'channel' as channel, (dimensions ->> 'score')::int as score,
            sum(change.amount)::bigint as answers
     from metrics.series
     cross join lateral (${asOf === null ? seriesChangesAfter : seriesChangesAsOf('series.id')}) as change
     where series.generation = $4 and series.figure = 'score' and change.day > $2
     group by 1, 2, 3 having sum(change.amount) <> 0
     order by dimensions ->> 'metric', dimensions ->> 'channel', 3
     limit $1`,
    // What changed before the first day is summed on the day before it, and left out.
    [limit, from - 1, to, ...(asOf === null ? [generation] : asOfValues(asOf))],
  );
  return rows;
}
