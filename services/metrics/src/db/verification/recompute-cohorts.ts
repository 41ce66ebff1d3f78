/** Buckets of cohorts by profile, from the days on which something occurred, joined with themselves. */
import type { PoolClient } from 'pg';
import type { GenerationSettings } from '../../core/generation-settings.ts';
import { bucketOf, startOfBucket } from './period-buckets.ts';

/** $1 the start activity, $2 the activity, $3 the period, $4 the cap. */
const statement = (bucket: string, start: string, mode: string): string => `
  insert into verified_change
  with active as (
    select activity, profile, ${bucket} as bucket, min(day) as day
    from verified_occurrence where activity in ($1, $2) group by activity, profile, ${bucket}),
  cohort as (
    select profile, ${mode === 'first' ? 'min(bucket)' : 'bucket'} as bucket from active where activity = $1
    ${mode === 'first' ? 'group by profile' : ''}),
  since as (
    select cohort.bucket as cohort, active.day, active.bucket - cohort.bucket as bucket,
           lag(active.bucket - cohort.bucket, 1, 0) over (
             partition by profile, cohort.bucket order by active.bucket) as previous
    from cohort join active using (profile)
    where active.activity = $2 and active.bucket > cohort.bucket),
  cell as (
    select least(bucket, $4::int + 1) as bucket, previous,
           case when bucket <= $4 then day else ${start} end as day
    from (select since.*, cohort + $4::int + 1 as later from since) as placed
    where bucket <= $4 ${mode === 'first' ? 'or previous <= $4' : ''})
  select 'cohort.${mode}',
         jsonb_build_object('startActivity', $1::text, 'activity', $2::text, 'period', $3::text,
           'bucket', bucket, 'previous', previous),
         day, count(*)
  from cell group by bucket, previous, day`;

/** Needs the tables of `recomputeFacts`, and adds to `verified_change`. */
export async function recomputeCohorts(
  client: PoolClient,
  { weekStart, cohorts: { pairs, caps } }: GenerationSettings,
): Promise<void> {
  for (const { startActivity, activity, modes } of pairs) {
    for (const [period, cap] of Object.entries(caps)) {
      const [bucket, start] = [bucketOf(period, weekStart), startOfBucket('later', period, weekStart)];
      for (const mode of modes) {
        await client.query(statement(bucket, start, mode), [startActivity, activity, period, cap]);
      }
    }
  }
}
