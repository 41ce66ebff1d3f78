/** Compares the maintained figures with the recomputed ones, cell by cell. */
import type { PoolClient } from 'pg';

export interface FigureDifference {
  figure: string;
  dimensions: Record<string, string | number>;
  day: number;
  /** Change of the figure from the day before to this day. */
  maintained: number;
  recomputed: number;
}

export interface Comparison {
  /** Values that were compared. */
  checked: number;
  differenceCount: number;
  /** The first of them by day. */
  differences: FigureDifference[];
}

const compareStatement = `
  create temporary table verified_cell on commit drop as
  with maintained as (
    select series.figure, series.dimensions, change.day, sum(change.amount) as amount
    from metrics.series
    join (
      select series, day, amount from metrics.figure_day
      union all
      select series, cell.day, cell.amount
      from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)) as change
      on change.series = series.id
    where series.generation = GENERATION
    group by series.figure, series.dimensions, change.day),
  recomputed as (
    select figure, dimensions, day, sum(amount) as amount from verified_change group by figure, dimensions, day)
  select figure, dimensions, day, coalesce(maintained.amount, 0)::bigint as maintained,
         coalesce(recomputed.amount, 0)::bigint as recomputed
  from maintained full join recomputed using (figure, dimensions, day)
  where coalesce(maintained.amount, 0) <> 0 or coalesce(recomputed.amount, 0) <> 0`;

export async function compareFigures(
  client: PoolClient,
  generation: number,
  maxDifferences: number,
): Promise<Comparison> {
  await client.query(compareStatement.replace('GENERATION', String(Math.trunc(generation))));
  const counts = await client.query<{ checked: number; different: number }>(
    `select count(*) as checked, count(*) filter (where maintained <> recomputed) as different from verified_cell`,
  );
  const { rows } = await client.query<FigureDifference>(
    `select figure, dimensions, day, maintained, recomputed from verified_cell
     where maintained <> recomputed order by day, figure, dimensions limit $1`,
    [maxDifferences],
  );
  return {
    checked: counts.rows[0]?.checked ?? 0,
    differenceCount: counts.rows[0]?.different ?? 0,
    differences: rows,
  };
}
