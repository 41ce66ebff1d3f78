/** What the cells of cohorts come to, folded and not yet folded, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import type { CohortMode } from '../core/cohort-definition.ts';
import type { CohortSum } from '../core/cohort-report.ts';
import type { Period } from '../core/period.ts';

export interface CohortRange {
  mode: CohortMode;
  pair: { startActivity: string; activity: string; period: Period };
  /** Ids of the series that come to the sizes. */
  sizes: readonly number[];
  /** First days of the periods, from that of the first cohort to the one after the last that has a bucket of the last cohort. */
  starts: readonly number[];
  cohorts: number;
  /** Null where sums by bucket, and by the bucket before, are wanted. */
  brackets: readonly { from: number; to: number }[] | null;
  asOf: AsOf | null;
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

const within = (day: string) => `${day} >= asked.from_day and ${day} < asked.to_day`;

/** @param epoch null for now. Of a moment what was booked before it: these series have no running totals. */
const changesOf = (epoch: string | null) => `
  select day, amount from metrics.${epoch === null ? 'figure_day' : 'figure_change'} as folded
  where folded.series = asked.id and ${within('day')} ${epoch === null ? '' : `and epoch < ${epoch}::bigint`}
  union all
  select cell.day, cell.amount
  from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)
  where delta.series = asked.id and ${within('cell.day')} ${epoch === null ? '' : `and delta.epoch < ${epoch}::bigint`}`;

/** A range of the key for each series: as many periods as there are cohorts, beginning with the bucket. */
export async function readCohorts(
  pool: Pool,
  generation: number,
  { mode, pair, sizes, starts, cohorts, brackets, asOf }: CohortRange,
): Promise<CohortSum[]> {
  const values: unknown[] = [generation, `cohort.${mode}`, JSON.stringify(pair), sizes, starts, cohorts];
  const place = (value: unknown) => `$${values.push(value)}`;
  const changes = changesOf(asOf === null ? null : place(asOf.epoch));
  const keys =
    brackets === null
      ? byBucket
      : byBracket(place(brackets.map(({ from }) => from)), place(brackets.map(({ to }) => to)));
  const { rows } = await pool.query<CohortSum>(
    `with named as (
       select id, (dimensions ->> 'bucket')::int as bucket, (dimensions ->> 'previous')::int as previous
       from metrics.series where generation = $1 and figure = $2 and dimensions @> $3::jsonb
       union all
       select id, 0, -1 from unnest($4::int[]) as id),
     asked as (
       select *, ($5::int[])[bucket + 1] as from_day, ($5::int[])[bucket + 1 + $6::int] as to_day from named),
     cell as (
       select bucket, previous, width_bucket(change.day, $5::int[]) - bucket as cohort, change.amount
       from asked cross join lateral (${changes}) as change)
     select cohort, key.by, key.key, sum(amount)::bigint as amount
     from cell cross join lateral (${keys}) as key
     group by 1, 2, 3 having sum(amount) <> 0`,
    values,
  );
  return rows;
}
