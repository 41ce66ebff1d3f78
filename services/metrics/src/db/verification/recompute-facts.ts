/** First half of a verification: for which profile each fact counts, on which day, in which stage, and what occurred. */
import type { ActivityDefinition } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import type { GenerationSettings } from '../../core/generation-settings.ts';
import { activityCondition } from './activity-condition.ts';

/** The profile of each identifier. A root that is missing is taken as its own profile. */
const placesStatement = `
  create temporary table verified_place on commit drop as
  select identifier.id, coalesce(root.profile, identifier.root) as profile, identifier.identifying
  from metrics.identifier
  left join metrics.identifier as root
    on root.generation = identifier.generation and root.id = identifier.root
  where identifier.generation = $1`;

/** Identifiers of profiles that are identified. */
const membersStatement = (condition: string) => `
  create temporary table verified_member on commit drop as
  select id, profile from verified_place
  where profile in (select profile from verified_place where identifying) ${condition}`;

/** By a hash with a seed of its own for each verification, so that each looks at other profiles. */
const inSample = (share: number, seed: number) => `
  and mod(abs(hashtextextended(profile::text, ${seed})::numeric), 1000000) < ${Math.ceil(share * 1_000_000)}`;

/** The facts of a sample, and all others of the transactions that they are records of: those decide which of them count. */
const scopeStatement = `
  create temporary table verified_scope on commit drop as
  with own as (
    select fact.key, fact.transaction, fact.amends
    from verified_member as member join metrics.fact on fact.identifier = member.id),
  named as (
    select transaction as id from own where transaction is not null
    union
    select amends from own where amends is not null),
  near as (
    select fact.key, fact.transaction, fact.amends from named join metrics.fact on fact.transaction = named.id
    union
    select fact.key, fact.transaction, fact.amends from named join metrics.fact on fact.amends = named.id),
  further as (
    select transaction as id from near where transaction is not null
    union
    select amends from near where amends is not null)
  select key from own
  union
  select key from near
  union
  select fact.key from further join metrics.fact on fact.transaction = further.id
  union
  select fact.key from further join metrics.fact on fact.amends = further.id`;

/** The first rule of the journey map that matches, once per distinct kind of touchpoint. */
const stagesStatement = (facts: string) => `
  create temporary table verified_stage on commit drop as
  select kind.type, kind.name, kind.source, kind.channel, rule.stage
  from (select distinct type, name, source, channel from ${facts}) as kind
  cross join lateral (
    select rules.rule ->> 'stage' as stage
    from jsonb_array_elements($1::jsonb) with ordinality as rules (rule, place),
      lateral (select rule -> 'when' as conditions) as read
    where coalesce(conditions ->> 'type' = kind.type, not conditions ? 'type')
      and coalesce(conditions ->> 'source' = kind.source, not conditions ? 'source')
      and (not conditions ? 'channel' or coalesce(conditions ->> 'channel' = kind.channel, false))
      and (not conditions ? 'names' or coalesce(conditions -> 'names' ? kind.name, false))
    order by place limit 1) as rule`;

/** What a fact is in its transaction, read from what it says, not from what was saved about it. */
const factsStatement = (facts: string) => `
  create temporary table verified_fact on commit drop as
  select member.profile, coalesce(member.profile, placed.profile, fact.identifier) as holder,
         (fact.occurred_at at time zone $1)::date - date '1970-01-01' as day, fact.key,
         fact.transaction, fact.amends, fact.by_server,
         case when fact.by_server then fact.occurred_at else fact.received_at end as ranked_at,
         case
           when fact.type = 'track' and fact.name = 'Order Cancelled' then 'undo'
           when fact.type = 'track' and fact.name = 'Order Refunded' then 'refund'
           when fact.type = 'receipt' and said.properties ->> 'kind' in ('void', 'cancellation') then 'undo'
           when fact.type = 'receipt' and said.properties ->> 'kind' in ('refund', 'return') then 'refund'
           when fact.type = 'receipt' and named.void then 'undo'
           when fact.type = 'receipt' and named.refund then 'refund'
           when amount.text ~ '^\\s*-' and amount.text ~ '[1-9]' then 'refund'
           else 'sale' end as role,
         fact.occurred_at, fact.touchpoint_id, fact.type, fact.name, fact.source, fact.channel, fact.sentiment,
         fact.properties, staged.stage
  from ${facts}
  left join verified_place as placed on placed.id = fact.identifier
  left join verified_member as member on member.id = fact.identifier
  left join verified_stage as staged
    on staged.type = fact.type and staged.source = fact.source
    and staged.name is not distinct from fact.name and staged.channel is not distinct from fact.channel
  cross join lateral (select coalesce(fact.properties::jsonb, '{}') as properties) as said
  cross join lateral (
    select bool_or(field = 'voidOf') as void, bool_or(field = 'refundOf') as refund
    from unnest(array['voidOf', 'refundOf']) as field
    where jsonb_typeof(said.properties -> field) in ('string', 'number')
      and said.properties ->> field ~ '\\S') as named
  cross join lateral (
    select (select said.properties ->> field
            from unnest(array['revenue', 'total', 'value']) with ordinality as fields (field, place)
            where jsonb_typeof(said.properties -> field) in ('string', 'number')
              and said.properties ->> field ~ '\\S'
            order by place limit 1) as text) as amount
  where fact.type <> 'erased'`;

/**
 * A transaction's sales at the highest trust, the earliest of them; of each profile, where two customers used the number at
 * that trust. None where it was undone at that trust.
 */
const salesStatement = (condition: string) => `
  with sale as (select * from verified_fact where role = 'sale' and ${condition}),
  trusted as (
    select sale.*, coalesce(transaction, key) as counted, identifier.ambiguous
    from sale
    left join metrics.identifier
      on identifier.id = sale.transaction and identifier.generation = (select generation from verified_generation)
    where by_server = (
        transaction is null and by_server
        or exists (select from sale as other where other.transaction = sale.transaction and other.by_server))
      and not exists (
        select from verified_undo as undoing
        where undoing.transaction = sale.transaction and undoing.by_server >= sale.by_server))
  select distinct on (counted, part) 'sale' as role, key
  from trusted
  cross join lateral (
    select case when ambiguous = 'server' or ambiguous = 'public' and not by_server then holder end as part) as parts
  order by counted, part, ranked_at, source collate "C", touchpoint_id collate "C"`;

/** What takes a transaction back: a record of its own, or one that amends it. */
const undoStatement = `
  create temporary table verified_undo on commit drop as
  select transaction, by_server from verified_fact where role = 'undo' and transaction is not null
  union
  select amends, by_server from verified_fact where role = 'undo' and amends is not null`;

/** A transaction's refunds as the source of the best one reports them, of the first 200. None where it was undone. */
const refundsStatement = (condition: string) => `
  with placed as (
    select *, row_number() over (
      partition by transaction order by by_server desc, ranked_at, source collate "C", touchpoint_id collate "C") as place
    from verified_fact where role = 'refund'),
  refund as (select * from placed where (transaction is null or place <= 200) and ${condition}),
  best as (
    select distinct on (transaction) transaction, by_server, source from refund
    where transaction is not null order by transaction, place)
  select 'refund' as role, refund.key
  from refund left join best using (transaction)
  where refund.transaction is null
    or (refund.by_server, refund.source) = (best.by_server, best.source)
    and not exists (
      select from verified_undo as undoing
      where undoing.transaction = refund.transaction and undoing.by_server >= refund.by_server)`;

/** Takes out sales of which everything was given back, or an amount that is not said: one join, not a look at all refunds for each. */
const exceptStatement = `
  with refund as (
    select unnest(array[fact.transaction, fact.amends]) as sale, fact.by_server, fact.amount, fact.currency
    from verified_counted as counted join metrics.fact using (key)
    where counted.activity = $1 and counted.role = 'refund'),
  given_back as (
    select sale.key
    from verified_counted as counted
    join metrics.fact as sale using (key)
    join refund on refund.sale = sale.transaction and refund.by_server >= sale.by_server
    where counted.activity = $1 and counted.role = 'sale'
    group by sale.key
    having bool_or(refund.amount is null)
      or sum(abs(refund.amount)) filter (where refund.currency is not distinct from sale.currency) >= sale.amount)
  delete from verified_counted as counted using given_back
  where counted.activity = $1 and counted.role = 'sale' and counted.key = given_back.key`;

export async function recomputeFacts(
  client: PoolClient,
  generation: number,
  settings: GenerationSettings,
  sample: number | null,
): Promise<void> {
  await client.query({
    text: inline(
      'create temporary table verified_generation on commit drop as select $1::smallint as generation',
      [generation],
    ),
  });
  await client.query({ text: inline(placesStatement, [generation]) });
  // Not safe for anything but picking profiles.
  const seed = Math.floor(Math.random() * 1_000_000_000);
  await client.query(membersStatement(sample === null ? '' : inSample(sample, seed)));
  await client.query('analyze verified_place, verified_member');
  if (sample !== null) {
    await client.query(scopeStatement);
    await client.query('analyze verified_scope');
  }
  const facts =
    sample === null
      ? 'metrics.fact'
      : '(select fact.* from verified_scope join metrics.fact using (key)) as fact';
  await client.query({
    text: inline(stagesStatement(facts), [JSON.stringify(settings.journeyMap.rules)]),
  });
  await client.query({ text: inline(factsStatement(facts), [settings.timeZone]) });
  await client.query(undoStatement);
  await client.query('analyze verified_fact, verified_undo');
  await client.query(
    `create temporary table verified_counted (activity text, role text, key uuid, has_money boolean default true)
     on commit drop`,
  );
  await client.query(
    `create temporary table verified_occurrence (activity text, profile uuid, day integer, occurrences bigint)
     on commit drop`,
  );
  for (const activity of settings.activities) await recomputeActivity(client, activity);
  await client.query('analyze verified_occurrence, verified_counted');
}

async function recomputeActivity(
  client: PoolClient,
  { name, filter, perTransaction, exceptRefunded }: ActivityDefinition,
): Promise<void> {
  const values: unknown[] = [name];
  const condition = activityCondition(filter, values);
  if (perTransaction) {
    for (const statement of [salesStatement(condition), refundsStatement(condition)]) {
      await client.query(
        `insert into verified_counted (activity, role, key) select $1, role, key from (${statement}) as record`,
        values,
      );
    }
    if (exceptRefunded === true) {
      await client.query('analyze verified_counted');
      await client.query(exceptStatement, [name]);
      await client.query('update verified_counted set has_money = false where activity = $1', [name]);
    }
  }
  const counted = perTransaction
    ? `select profile, day from verified_counted join verified_fact using (key)
         where activity = $1 and verified_counted.role = 'sale'`
    : `select profile, day from verified_fact where ${condition}`;
  await client.query(
    `insert into verified_occurrence
       select $1, profile, day, count(*) from (${counted}) as occurrence
       where profile is not null
       group by profile, day`,
    perTransaction ? [name] : values,
  );
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
