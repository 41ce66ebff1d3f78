/** Answers by metric, score, channel and day, from the facts of feedback. */
import type { PoolClient } from 'pg';

const statement = `
  insert into verified_change
  with named as (
    select day, lower(btrim(coalesce(said ->> 'metric', said ->> 'survey', name), ' ')) as metric,
           case when jsonb_typeof(said -> 'score') in ('number', 'string') then btrim(said ->> 'score', ' ') end as text,
           case when by_server or channel in
             ('web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat') then channel end as channel
    from verified_fact cross join lateral (select properties::jsonb as said) as read
    where type = 'feedback'),
  scored as (
    select day, metric, channel, case when text ~ '^[0-9]{1,2}(\\.0+)?$' then text::numeric::int end as score from named)
  select 'score', jsonb_strip_nulls(jsonb_build_object('metric', metric, 'score', score, 'channel', channel)), day, count(*)
  from scored join (values ('nps', 0, 10), ('csat', 1, 5), ('ces', 1, 7)) as scale (metric, lowest, highest) using (metric)
  where score between lowest and highest
  group by metric, score, channel, day`;

/** Needs the tables of `recomputeFacts`, and adds to `verified_change`. */
export async function recomputeScores(client: PoolClient): Promise<void> {
  await client.query(statement);
}
