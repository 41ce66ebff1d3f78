/**
 * Histograms of the scores that feedback brings, read from the facts along an index of the feedback by time. The metric is
 * named by `metric`, else `survey` of the properties, else by the name; a score is a whole number of the metric's scale.
 */
import type { Pool } from 'pg';
import { experienceMetrics, scoreScales, type ExperienceMetric } from '../core/experience.ts';

export interface FoundScores {
  scores: { metric: ExperienceMetric; channel: string | null; score: number; answers: number }[];
  /** Whether there is more feedback than is read. */
  isTooLong: boolean;
}

interface Row extends Omit<FoundScores['scores'][number], 'metric'> {
  read: number;
  /** Null where there is no score at all. */
  metric: ExperienceMetric | null;
}

/** Touchpoints of feedback. */
export const maxFeedback = 200_000;

export async function findScores(
  pool: Pool,
  { from, to, timeZone }: { from: number; to: number; timeZone: string },
): Promise<FoundScores> {
  const { rows } = await pool.query<Row>(
    `with read as materialized (
       select channel, by_server, name, properties::jsonb as said from metrics.fact
       where type = 'feedback'
         and occurred_at >= (date '1970-01-01' + $1::int)::timestamp at time zone $3
         and occurred_at < (date '1970-01-01' + $2::int + 1)::timestamp at time zone $3
       limit $4),
     named as (
       select lower(trim(coalesce(said ->> 'metric', said ->> 'survey', name))) as metric, said ->> 'score' as text,
              case when by_server or channel in
                ('web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat') then channel end as channel
       from read where jsonb_typeof(said -> 'score') in ('number', 'string')),
     scored as (
       select named.metric, channel, case when text ~ '^\\s*\\d{1,2}(\\.0+)?\\s*$' then text::numeric::int end as score,
              lowest, highest
       from named join unnest($5::text[], $6::int[], $7::int[]) as scale (metric, lowest, highest) using (metric)),
     counted as (
       select metric, channel, score, count(*)::int as answers from scored
       where score between lowest and highest group by metric, channel, score)
     select (select count(*)::int from read) as read, counted.*
     from (values (0)) as always left join counted on true
     order by metric, channel, score`,
    [
      from,
      to,
      timeZone,
      maxFeedback + 1,
      [...experienceMetrics],
      experienceMetrics.map((metric) => scoreScales[metric].lowest),
      experienceMetrics.map((metric) => scoreScales[metric].highest),
    ],
  );
  const scores = rows.flatMap(({ read: _read, metric, ...rest }) =>
    metric === null ? [] : [{ metric, ...rest }],
  );
  return { scores, isTooLong: (rows[0]?.read ?? 0) > maxFeedback };
}
