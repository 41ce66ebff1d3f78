/** First half of a verification: who each fact counts for, on which day, in which stage, and what occurred. */
import type { PoolClient } from 'pg';
import type { PinnedSettings } from '../../core/pinned-settings.ts';
import { activityCondition } from './activity-condition.ts';

/** Identifiers of profiles that are identified. A root that is missing is taken as its own profile. */
const membersStatement = `
  create temporary table verified_member on commit drop as
  with placed as (
    select identifier.id, coalesce(root.profile, identifier.root) as profile, identifier.identifying
    from metrics.identifier
    left join metrics.identifier as root
      on root.generation = identifier.generation and root.id = identifier.root
    where identifier.generation = $1)
  select id, profile from placed
  where profile in (select profile from placed where identifying)`;

/** The first rule of the journey map that matches, once per distinct kind of touchpoint. */
const stagesStatement = `
  create temporary table verified_stage on commit drop as
  select kind.type, kind.name, kind.source, kind.channel, rule.stage
  from (select distinct type, name, source, channel from metrics.fact where generation = $1) as kind
  cross join lateral (
    select rules.rule ->> 'stage' as stage
    from jsonb_array_elements($2::jsonb) with ordinality as rules (rule, place),
      lateral (select rule -> 'when' as conditions) as read
    where coalesce(conditions ->> 'type' = kind.type, not conditions ? 'type')
      and coalesce(conditions ->> 'source' = kind.source, not conditions ? 'source')
      and (not conditions ? 'channel' or coalesce(conditions ->> 'channel' = kind.channel, false))
      and (not conditions ? 'names' or coalesce(conditions -> 'names' ? kind.name, false))
    order by place limit 1) as rule`;

const factsStatement = `
  create temporary table verified_fact on commit drop as
  select member.profile, (fact.occurred_at at time zone $2)::date - date '1970-01-01' as day, fact.key,
         fact.transaction, fact.trust = 'server' as by_server, fact.occurred_at, fact.touchpoint_id, fact.type,
         fact.name, fact.source, fact.channel, fact.sentiment, fact.properties, staged.stage
  from metrics.fact
  left join verified_member as member on member.id = fact.identifier
  left join verified_stage as staged
    on staged.type = fact.type and staged.source = fact.source
    and staged.name is not distinct from fact.name and staged.channel is not distinct from fact.channel
  where fact.generation = $1`;

export async function recomputeFacts(
  client: PoolClient,
  generation: number,
  pinned: PinnedSettings,
): Promise<void> {
  await client.query({ text: inline(membersStatement, [generation]) });
  await client.query('analyze verified_member');
  await client.query({
    text: inline(stagesStatement, [generation, JSON.stringify(pinned.journeyMap.rules)]),
  });
  await client.query({ text: inline(factsStatement, [generation, pinned.timeZone]) });
  await client.query('analyze verified_fact');
  await client.query(
    `create temporary table verified_occurrence (activity text, profile uuid, day integer, occurrences bigint)
     on commit drop`,
  );
  for (const { name, filter, perTransaction } of pinned.activities) {
    const values: unknown[] = [name];
    const condition = activityCondition(filter, values);
    await client.query(
      `insert into verified_occurrence
       select $1, profile, day, count(*)
       from (
         select distinct on (counted) ${perTransaction ? 'coalesce(transaction, key)' : 'key'} as counted, profile, day
         from verified_fact where ${condition}
         order by counted, by_server desc, occurred_at, source collate "C", touchpoint_id collate "C") as occurrence
       where profile is not null
       group by profile, day`,
      values,
    );
  }
  await client.query('analyze verified_occurrence');
}

/** CREATE TABLE AS takes no parameters: numbers and quoted text are put into the statement. */
function inline(statement: string, values: readonly (number | string)[]): string {
  return statement.replaceAll(/\$(\d)/g, (_match, place: string) => {
    const value = values[Number(place) - 1];
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    if (typeof value !== 'string') throw new Error(`no value for $${place}`);
    return /\\/.test(value)
      ? `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
      : `'${value.replaceAll("'", "''")}'`;
  });
}
