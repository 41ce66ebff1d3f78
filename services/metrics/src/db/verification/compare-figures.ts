/** Compares the maintained figures with the recomputed ones, cell by cell, in both tables that hold them. */
import type { PoolClient } from 'pg';
import { bitsOfPrevious } from '../../core/cohort-series.ts';
import { compareHistories } from './compare-histories.ts';
import { compareSales } from './compare-sales.ts';
import { compareGroupMarks } from './recompute-groups.ts';
import { compareRestatements } from './compare-restatements.ts';

export interface FigureDifference {
  /**
   * `figure`: what figures are read from. `blocks`: the same in sums of 512 days. `changes`: by cause and time, all of them
   * summed; cohorts are read from these alone. `restatements`: the value of a closed day as it closed, plus its restatements since. `histories`: the rows that figures are changed from.
   */
  of: 'figure' | 'blocks' | 'changes' | 'restatements' | 'histories';
  figure: string;
  dimensions: Record<string, string | number>;
  day: number;
  /** Change of the figure from the day before to this day; of blocks, in the block that begins; of restatements, the value. */
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

const joined = (of: FigureDifference['of']) => `
  select '${of}', figure, dimensions, day, coalesce(maintained.amount, 0)::bigint, coalesce(recomputed.amount, 0)::bigint
  from maintained full join recomputed using (figure, dimensions, day)
  where coalesce(maintained.amount, 0) <> 0 or coalesce(recomputed.amount, 0) <> 0`;

const isCohort = `figure like 'cohort.%'`;

/**
 * All but cohorts.
 *
 * @param table with the columns series, amount and a day or block: one of those into which deltas are folded
 * @param toDay from a day to what is compared: the day, or the first one of its block
 */
const cellsOf = (of: FigureDifference['of'], table: string, toDay = (day: string) => day): string => `
  insert into verified_cell
  with maintained as (
    select series.figure, series.dimensions, change.day, sum(change.amount) as amount
    from metrics.series
    join (
      select series, day, amount from ${table} as folded
      union all
      select series, ${toDay('cell.day')}, cell.amount
      from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount) where cells is null) as change
      on change.series = series.id
    where series.generation = $1
    group by series.figure, series.dimensions, change.day),
  recomputed as (
    select figure, dimensions, ${toDay('day')} as day, sum(amount) as amount from verified_change where not (${isCohort})
    group by figure, dimensions, ${toDay('day')})
  ${joined(of)}`;

const cohortCells = `
  insert into verified_cell
  with maintained as (
    select series.figure,
           series.dimensions || jsonb_build_object('bucket', cell >> ${bitsOfPrevious}, 'previous', cell & ((1 << ${bitsOfPrevious}) - 1)) as dimensions,
           change.day, sum(change.amount) as amount
    from metrics.series
    join (
      select series, day, cell, amount from metrics.cohort_change where block = day >> 6
      union all
      select series, part.day, part.cell, part.amount
      from metrics.delta cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)
      where cells is not null) as change
      on change.series = series.id
    where series.generation = $1
    group by series.id, cell, change.day),
  recomputed as (
    select figure, dimensions, day, sum(amount) as amount from verified_change where ${isCohort}
    group by figure, dimensions, day)
  ${joined('changes')}`;

export async function compareFigures(
  client: PoolClient,
  generation: number,
  maxDifferences: number,
): Promise<Comparison> {
  await client.query(
    `create temporary table verified_cell
       (of text, figure text, dimensions jsonb, day integer, maintained bigint, recomputed bigint) on commit drop`,
  );
  // Of a generation that is new the planner expects no series, and would read all changes for each of them.
  await client.query('set local enable_nestloop = off');
  const blocks = '(select series, block << 9 as day, amount from metrics.figure_block)';
  await client.query(cellsOf('figure', 'metrics.figure_day'), [generation]);
  await client.query(
    cellsOf('blocks', blocks, (day) => `(${day} >> 9) << 9`),
    [generation],
  );
  await client.query(cohortCells, [generation]);
  await client.query(cellsOf('changes', 'metrics.figure_change'), [generation]);
  await compareRestatements(client, generation);
  await client.query('set local enable_nestloop = on');
  await compareHistories(client, generation);
  await compareSales(client, generation);
  await compareGroupMarks(client, generation);
  const counts = await client.query<{ checked: number; different: number }>(
    `select count(*) as checked, count(*) filter (where maintained <> recomputed) as different from verified_cell`,
  );
  const { rows } = await client.query<FigureDifference>(
    `select of, figure, dimensions, day, maintained, recomputed from verified_cell
     where maintained <> recomputed order by day, figure, dimensions, of limit $1`,
    [maxDifferences],
  );
  return {
    checked: counts.rows[0]?.checked ?? 0,
    differenceCount: counts.rows[0]?.different ?? 0,
    differences: rows,
  };
}
