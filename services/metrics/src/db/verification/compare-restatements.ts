/**
 * Law 4 as an equation: the value of a closed day as it closed, plus what it was restated by since, is its value now. The
 * first is kept when a day closes, the second comes from the changes by cause and time, the third is recomputed from facts.
 */
import type { PoolClient } from 'pg';

/** Not of cohorts, of which no value is kept when a day closes. A change of a closed day holds for all days from there to the last one that was closed when it was written. */
const statement = `
  insert into verified_cell
  with series as (select id, figure, dimensions from metrics.series where generation = $1),
  change as (
    select series, closed_through, day, amount from metrics.figure_change where day <= closed_through
    union all
    select series, closed_through, cell.day, cell.amount
    from metrics.delta
    join metrics.epoch on epoch.generation = delta.generation and epoch.number = delta.epoch
    cross join lateral unnest(days, amounts) as cell (day, amount)
    where delta.generation = $1 and cells is null and cell.day <= closed_through),
  closed as (
    select figure, dimensions, day, amount from metrics.closed_figure join series on series.id = closed_figure.series),
  event as (
    select figure, dimensions, day, amount as restated, 0 as value, null::bigint as closed
    from change join series on series.id = change.series
    union all
    select figure, dimensions, closed_through + 1, -amount, 0, null from change join series on series.id = change.series
    union all
    select figure, dimensions, day, 0, amount, null from verified_change where figure not like 'cohort.%'
    union all
    select figure, dimensions, day, 0, 0, amount from closed),
  step as (
    select figure, dimensions, day, sum(restated) as restated, sum(value) as value, max(closed) as closed
    from event group by figure, dimensions, day),
  total as (
    select figure, dimensions, day, closed, sum(restated) over to_day as restated, sum(value) over to_day as value
    from step window to_day as (partition by figure, dimensions order by day))
  select 'restatements', figure, dimensions, day, (coalesce(closed, 0) + restated)::bigint, value::bigint
  from total
  -- What was closed before there were any figures closed with nothing.
  where closed is not null or day <= coalesce(
    (select min(day) - 1 from closed),
    (select closed_through from metrics.epoch where generation = $1 order by number desc limit 1))`;

/** Adds to `verified_cell`; `verified_change` holds what was recomputed. */
export async function compareRestatements(client: PoolClient, generation: number): Promise<void> {
  await client.query(statement, [generation]);
}
