/**
 * Touchpoints with a sentiment by name and channel, read from the facts along an index of those by time, and what came after
 * them: the next stage-bearing touchpoint of the profile, a probe for each part of it.
 */
import type { Pool } from 'pg';
import { isIdentified, profileParts } from './profile-parts.ts';

export interface SentimentQuestion {
  /** Days, both included. */
  from: number;
  to: number;
  timeZone: string;
  /** Days without a stage-bearing touchpoint after which a journey has stopped. */
  lapseDays: number;
  /** The running day. */
  today: number;
}

export interface SentimentCount {
  name: string;
  channel: string | null;
  touchpoints: number;
  positive: number;
  negative: number;
  mean: number;
  /** Touchpoints of which it is known whether the journey stopped. */
  decided: number;
  stopped: number;
}

export interface FoundSentiments {
  counts: SentimentCount[];
  /** Whether there are more touchpoints than are read. */
  isTooLong: boolean;
}

export const maxSentiments = 20_000;

const next = (condition: string) => `
  (select day from metrics.stage_mark
   where ${condition} and day >= said.day and day <= said.day + $4::int
     and (occurred_at, source collate "C", touchpoint_id collate "C")
       > (said.occurred_at, said.source collate "C", said.touchpoint_id collate "C")
     and generation + 0 = $1
   limit 1)`;

const statement = `
  with read as materialized (
    select identifier, occurred_at, source, touchpoint_id, sentiment, coalesce(name, type) as name,
           case when by_server or channel in
             ('web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat') then channel end as channel,
           (occurred_at at time zone $5)::date - date '1970-01-01' as day
    from metrics.fact
    where sentiment is not null
      and occurred_at >= (date '1970-01-01' + $2::int)::timestamp at time zone $5
      and occurred_at < (date '1970-01-01' + $3::int + 1)::timestamp at time zone $5
    limit $7),
  followed as (
    select said.*,
           (select bool_or(later.day is not null)
            from (${profileParts('root.profile')}) as part
            left join lateral (
              ${next('part.root = part.id and identifier = part.id')}
              union all
              ${next('root = part.id and root <> identifier')}) as later on true) as goes_on
    from read as said
    join metrics.identifier as held on held.id = said.identifier and held.generation = $1
    join metrics.identifier as root on root.id = held.root and root.generation = $1
    where (select ${isIdentified} from (${profileParts('root.profile')}) as part)),
  counted as (
    select name, channel, count(*)::int as touchpoints,
           (count(*) filter (where sentiment > 0))::int as positive,
           (count(*) filter (where sentiment < 0))::int as negative, avg(sentiment) as mean,
           (count(*) filter (where goes_on or day + $4 < $6::int))::int as decided,
           (count(*) filter (where not goes_on and day + $4 < $6::int))::int as stopped
    from followed group by name, channel)
  select (select count(*)::int from read) as read, counted.*
  from (values (0)) as always left join counted on true
  order by touchpoints desc, name collate "C", channel collate "C"`;

export async function findSentiments(
  pool: Pool,
  generation: number,
  { from, to, timeZone, lapseDays, today }: SentimentQuestion,
): Promise<FoundSentiments> {
  const values = [generation, from, to, lapseDays, timeZone, today, maxSentiments + 1];
  const { rows } = await pool.query<Omit<SentimentCount, 'name'> & { read: number; name: string | null }>(
    statement,
    values,
  );
  const counts = rows.flatMap(({ read: _read, name, ...rest }) => (name === null ? [] : [{ name, ...rest }]));
  return { counts, isTooLong: (rows[0]?.read ?? 0) > maxSentiments };
}
