/** Returning and resurrecting profiles by period, from the days on which something occurred. */
import type { PoolClient } from 'pg';
import { bucketOf } from './period-buckets.ts';

const statement = (bucket: string): string => `
  insert into verified_change
  with active as (
    select activity, profile, ${bucket} as bucket, min(day) as day
    from verified_occurrence group by activity, profile, ${bucket}),
  step as (
    select activity, day, bucket - lag(bucket) over (partition by activity, profile order by bucket) as distance from active)
  select case when distance = 1 then 'returning' else 'resurrecting' end as figure,
         jsonb_build_object('activity', activity, 'period', $1::text), day, count(*)
  from step where distance is not null
  group by 1, activity, day`;

/** Needs the tables of `recomputeFacts`, and adds to `verified_change`. */
export async function recomputeLifecycle(client: PoolClient, weekStart: string): Promise<void> {
  for (const period of ['day', 'week', 'month']) {
    await client.query(statement(bucketOf(period, weekStart)), [period]);
  }
}
