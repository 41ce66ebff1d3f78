/** Keeps what every series came to on days that close now. Under the exclusive lock of `enterEpoch`, so no change is missing. */
import type { PoolClient } from 'pg';
import { cohortModes } from '../core/cohort-definition.ts';
import { seriesChanges } from './read-series.ts';

/**
 * Cohorts are not among them: of their series, thousands of which hold little each, no running total is ever asked for.
 *
 * @param days first and last of those that close, usually one and the same
 */
export async function saveClosedFigures(
  client: PoolClient,
  generation: number,
  days: { from: number; to: number },
): Promise<void> {
  await client.query(
    `with series as (select id from metrics.series where generation = $1 and figure <> all($4::text[])),
     change as (
       select series.id as series, greatest(cell.day, $2::int) as day, cell.amount
       from series cross join lateral (${seriesChanges('series.id')}) as cell),
     step as (
       select series, day, sum(amount) as amount from change group by series, day
       union all
       select series.id, day, 0 from series cross join generate_series($2::int, $3::int) as day)
     insert into metrics.closed_figure (series, day, amount)
     select series, day, sum(sum(amount)) over (partition by series order by day)
     from step group by series, day order by series, day
     on conflict (series, day) do nothing`,
    [generation, days.from, days.to, cohortModes.map((mode) => `cohort.${mode}`)],
  );
}
