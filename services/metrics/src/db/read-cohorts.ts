/** What the cells of cohorts come to, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import type { CohortSum } from '../core/cohort-report.ts';
import { bitsOfPrevious } from '../core/cohort-series.ts';

export interface CohortRange {
  /** Id of the series. */
  series: number;
  /** Ids of the series that come to the sizes. */
  sizes: readonly number[];
  /** First days of the periods, from that of the first cohort to the one after the last that has a bucket of the last cohort. */
  starts: readonly number[];
  cohorts: number;
  /** Null where sums by bucket, and by the bucket before, are wanted. */
  brackets: readonly { from: number; to: number }[] | null;
  asOf: AsOf | null;
}

/** Under which keys a cell is summed: those of the answer. It names `bucket` and `previous`. @param place of a parameter */
export function cohortKeys(brackets: CohortRange['brackets'], place: (value: unknown) => string): string {
  if (brackets === null) return byBucket;
  return byBracket(place(brackets.map(({ from }) => from)), place(brackets.map(({ to }) => to)));
}

const byBucket = `
  select 'bucket' as by, bucket as key
  union all
  select 'previous', previous where bucket > 0`;

const byBracket = (first: string, last: string) => `
  select 'bucket' as by, 0 as key where bucket = 0
  union all
  select 'bracket', place::int
  from unnest(${first}::int[], ${last}::int[]) with ordinality as bracket (first, last, place)
  where previous < first and bucket between first and last`;

const firstDay = '($3::int[])[1]';
const endOfSizes = '($3::int[])[$4::int + 1]';
const end = '($3::int[])[cardinality($3::int[])]';

/** @param epoch null for now. Of a moment what was booked before it: cohorts have no running totals. */
const changesOf = (epoch: string | null) => {
  const before = epoch === null ? '' : `and epoch < ${epoch}::bigint`;
  const within = (day: string) => `${day} >= ${firstDay} and ${day} < ${endOfSizes} ${before}`;
  return `
    select day, 0 as bucket, -1 as previous, amount from metrics.${epoch === null ? 'figure_day' : 'figure_change'}
    where series = any($2::int[]) and ${within('day')}
    union all
    select part.day, 0, -1, part.amount
    from metrics.delta cross join lateral unnest(days, amounts) as part (day, amount)
    where series = any($2::int[]) and ${within('part.day')}
    union all
    select day, cell >> ${bitsOfPrevious}, cell & ((1 << ${bitsOfPrevious}) - 1), amount from metrics.cohort_change
    where series = $1::int and block between ${firstDay} >> 6 and (${end} - 1) >> 6 ${before}
    union all
    select part.day, part.cell >> ${bitsOfPrevious}, part.cell & ((1 << ${bitsOfPrevious}) - 1), part.amount
    from metrics.delta cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)
    where series = $1 ${before}`;
};

/**
 * Cells are summed before they are put into brackets. The rows of the blocks that hold the days, whole: of a year with 45,000
 * cells 40 ms on a busy machine.
 */
export async function readCohorts(
  pool: Pool,
  { series, sizes, starts, cohorts, brackets, asOf }: CohortRange,
): Promise<CohortSum[]> {
  const values: unknown[] = [series, sizes, starts, cohorts];
  const place = (value: unknown) => `$${values.push(value)}`;
  const changes = changesOf(asOf === null ? null : place(asOf.epoch));
  const keys = cohortKeys(brackets, place);
  const { rows } = await pool.query<CohortSum>(
    `with cell as materialized (
       select width_bucket(day, $3::int[]) - bucket as cohort, bucket, previous, sum(amount) as amount
       from (${changes}) as change
       where day >= ($3::int[])[bucket + 1] and day < ($3::int[])[bucket + 1 + $4::int]
       group by 1, 2, 3)
     select cohort, key.by, key.key, sum(amount)::bigint as amount
     from cell cross join lateral (${keys}) as key
     group by 1, 2, 3 having sum(amount) <> 0`,
    values,
  );
  return rows;
}
