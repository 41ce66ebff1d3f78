/** Compares the maintained figures with the recomputed ones, cell by cell, in both tables that hold them. */
import type { PoolClient } from 'pg';
import { bitsOfPrevious } from '../../core/cohort-series.ts';
import { compareHistories } from './compare-histories.ts';
import { compareSales } from './compare-sales.ts';
import type { VerificationScope } from './verification-scope.ts';
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
  /** Those whose histories differ, the first by id. */
  profiles: string[];
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

/** A block is compared if it holds one of the days. Histories that have no day are compared with all of them. */
const isCompared = `(
  case of when 'blocks' then day + 511 >= $1::int and day <= $2::int
          when 'histories' then day between $1 and $2 or day = 0
          else day between $1 and $2 end)`;

const maxProfiles = 100;

/** By the profile, the identifier or the touchpoint that a difference names. */
const profilesStatement = `
  select distinct coalesce(cell.dimensions ->> 'profile', place.profile::text, fact.holder::text) as profile
  from (
    select dimensions from verified_cell where of = 'histories' and maintained <> recomputed and ${isCompared}) as cell
  left join verified_place as place
    on place.id::text = coalesce(cell.dimensions ->> 'identifier', cell.dimensions ->> 'root')
  left join verified_fact as fact
    on fact.source = cell.dimensions ->> 'source' and fact.touchpoint_id = cell.dimensions ->> 'touchpoint'
  where coalesce(cell.dimensions ->> 'profile', place.profile::text, fact.holder::text) is not null
  order by 1 limit ${maxProfiles}`;

export async function compareFigures(
  client: PoolClient,
  generation: number,
  scope: VerificationScope,
  maxDifferences: number,
): Promise<Comparison> {
  await client.query(
    `create temporary table verified_cell
       (of text, figure text, dimensions jsonb, day integer, maintained bigint, recomputed bigint) on commit drop`,
  );
  if (scope.sample === null) await compareSums(client, generation);
  await compareHistories(client, generation, scope);
  await compareSales(client, generation, scope);
  await compareGroupMarks(client, generation, scope);
  const range = [scope.from ?? -2_147_483_648, scope.to ?? 2_147_483_647];
  const counts = await client.query<{ checked: number; different: number }>(
    `select count(*) as checked, count(*) filter (where maintained <> recomputed) as different
     from verified_cell where ${isCompared}`,
    range,
  );
  const { rows } = await client.query<FigureDifference>(
    `select of, figure, dimensions, day, maintained, recomputed from verified_cell
     where maintained <> recomputed and ${isCompared} order by day, figure, dimensions, of limit $3`,
    [...range, maxDifferences],
  );
  const profiles = await client.query<{ profile: string }>(profilesStatement, range);
  return {
    checked: counts.rows[0]?.checked ?? 0,
    differenceCount: counts.rows[0]?.different ?? 0,
    differences: rows,
    profiles: profiles.rows.map(({ profile }) => profile),
  };
}

/** What all profiles come to. */
async function compareSums(client: PoolClient, generation: number): Promise<void> {
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
}
