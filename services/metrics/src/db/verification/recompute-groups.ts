/**
 * Growth by group: what facts state about the groups of their profiles, and the days that active spans have in common with those
 * of a relationship, by Postgres' own ranges.
 */
import type { PoolClient } from 'pg';
import type { GenerationSettings } from '../../core/generation-settings.ts';
import { andInSample, type VerificationScope } from './verification-scope.ts';
import { groupingName, relationshipDimension, statedDimensionsOf } from '../../core/grouping-series.ts';

const openChannels = `('web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat')`;
const sells = `staged.role = 'sale' and (fact.type = 'receipt' or fact.type = 'track' and fact.name = 'Order Completed')`;

/** By dimension, the value that a fact states as text, blank or null for none. */
const statedFirst: Readonly<Record<string, string>> = {
  acquisitionChannel: `case when fact.by_server or fact.channel in ${openChannels} then fact.channel end`,
  acquisitionSource: 'fact.source',
  acquisitionOwner: `said.details ->> 'owner'`,
  acquisitionMediaType: `said.details ->> 'mediaType'`,
  acquisitionInitiator: `said.details ->> 'initiator'`,
  acquisitionKind: `said.details ->> 'kind'`,
  acquisitionCampaign: `case when fact.by_server then said.details #>> '{campaign,name}' end`,
  homeStore: `case when fact.by_server and ${sells} then fact.store end`,
};

/** A number only where it is whole and exact. */
const plainText = (json: string): string => `
  case jsonb_typeof(${json})
    when 'number' then case when (${json})::numeric = trunc((${json})::numeric) and abs((${json})::numeric) < 9007199254740992
      then trunc((${json})::numeric)::text end
    when 'string' then ${json} #>> '{}'
    when 'boolean' then ${json} #>> '{}' end`;

/** The second parameter is the name of the trait or category. */
const statedLast: Readonly<Record<string, string>> = {
  trait: `case when fact.by_server then ${plainText(`(said.details -> 'traits' -> $2)`)} end`,
  consent: plainText(`(said.details -> 'consent' -> $2)`),
};

const statementsStatement = (value: string, takesFirst: boolean): string => `
  insert into verified_statement
  select $1::smallint, staged.profile, fact.identifier, fact.occurred_at, ${takesFirst ? 'false' : 'fact.by_server'}, fact.source, fact.touchpoint_id, stated.value, ${takesFirst}
  from verified_fact as staged
  join metrics.fact on fact.key = staged.key
  cross join lateral (select coalesce(fact.details::jsonb, '{}') as details) as said
  cross join lateral (select ${value} as value) as stated
  where stated.value <> '' and char_length(stated.value) <= 200`;

const valuesStatement = `
  create temporary table verified_group_value on commit drop as
  select distinct on (dimension, profile) dimension, profile, value
  from verified_statement where profile is not null
  order by dimension, profile,
    case when takes_first then occurred_at end, case when takes_first then source end,
    case when takes_first then touchpoint_id end,
    by_server desc, occurred_at desc, source desc, touchpoint_id desc`;

/** As multiranges of days, by profile, activity and window: the levels, and the spans of a relationship. */
const levelsStatement = `
  create temporary table verified_level on commit drop as
  with covered as (
    select activity, profile, "window", range_agg(int4range(day, day + "window")) as days,
           range_agg(int4range(day + "window", day + 2 * "window")) as before, min(day) as first
    from verified_occurrence cross join unnest($1::int[]) as "window"
    group by activity, profile, "window")
  select activity, profile, "window", level.measure, level.days
  from covered
  cross join lateral (values
    ('customersAtStart', before), ('active', days), ('retained', days * before),
    ('new', int4multirange(int4range(first, first + "window")))) as level (measure, days)`;

const relationshipsStatement = `
  create temporary table verified_relation on commit drop as
  select owner.profile, relation.relationship, int4multirange(relation.days) as days
  from (select distinct profile from verified_occurrence) as owner
  left join verified_purchase as purchase using (profile)
  cross join lateral (values
    ('prospect', int4range(null, purchase.first)),
    ('customer', case when purchase.first is null then 'empty' else int4range(purchase.first, purchase.second) end),
    ('repeat', case when purchase.second is null then 'empty' else int4range(purchase.second, null) end))
    as relation (relationship, days)
  where not isempty(relation.days)`;

/** @param dimensions of the grouping, with their numbers among the stated ones; -1 for the relationship */
function groupingStatement(
  name: string,
  dimensions: readonly (readonly [name: string, number: number])[],
): string {
  const [related] = dimensions.filter(([, number]) => number < 0);
  const stated = dimensions.filter(([, number]) => number >= 0);
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const joins = stated.map(
    ([, number]) =>
      `left join verified_group_value as value_${number} on value_${number}.dimension = ${number} and value_${number}.profile = level.profile`,
  );
  const values = [
    ...stated.map(([dimension, number]) => `${quoted(dimension)}, value_${number}.value`),
    ...(related === undefined ? [] : [`${quoted(related[0])}, relation.relationship`]),
  ];
  const days = related === undefined ? 'level.days' : 'level.days * relation.days';
  const relation =
    related === undefined ? '' : 'join verified_relation as relation on relation.profile = level.profile';
  return `
    insert into verified_change
    with span as (
      select 'group.' || level.measure as figure,
             jsonb_strip_nulls(jsonb_build_object('activity', activity, 'window', "window", 'groupBy', ${quoted(name)}, ${values.join(', ')}))
               as dimensions,
             unnest(${days}) as days
      from verified_level as level ${joins.join(' ')} ${relation}),
    edges as (
      select figure, dimensions, lower(days) as day, 1 as amount from span
      union all
      select figure, dimensions, upper(days), -1 from span)
    select figure, dimensions, day, sum(amount) from edges group by figure, dimensions, day`;
}

/** Needs the tables of `recomputeFacts`. */
export async function recomputeGroupStatements(
  client: PoolClient,
  { groupings }: Pick<GenerationSettings, 'groupings'>,
): Promise<void> {
  await client.query(
    `create temporary table verified_statement
       (dimension smallint, profile uuid, identifier uuid, occurred_at timestamptz, by_server boolean,
        source text collate "C", touchpoint_id text collate "C", value text, takes_first boolean) on commit drop`,
  );
  for (const [number, dimension] of statedDimensionsOf(groupings).entries())
    await recomputeStatements(client, number, dimension);
}

/** Needs the tables of `recomputeGroupStatements` and `recomputeStages`, and adds to `verified_change`. */
export async function recomputeGroups(
  client: PoolClient,
  { groupings, windows }: Pick<GenerationSettings, 'groupings' | 'windows'>,
): Promise<void> {
  if (groupings.length === 0) return;
  const stated = statedDimensionsOf(groupings);
  await client.query('analyze verified_statement');
  await client.query(valuesStatement);
  await client.query(levelsStatement.replace('$1', `array[${windows.join(', ')}]`));
  await client.query(relationshipsStatement);
  await client.query('analyze verified_group_value, verified_level, verified_relation');
  for (const dimensions of groupings) {
    const placed = dimensions.map(
      (dimension) =>
        [dimension, dimension === relationshipDimension ? -1 : stated.indexOf(dimension)] as const,
    );
    await client.query(groupingStatement(groupingName(dimensions), placed));
  }
}

async function recomputeStatements(client: PoolClient, number: number, dimension: string): Promise<void> {
  const first = Object.hasOwn(statedFirst, dimension) ? statedFirst[dimension] : undefined;
  if (first !== undefined) {
    await client.query(statementsStatement(first, true), [number]);
    return;
  }
  const [kind = '', ...name] = dimension.split(':');
  await client.query(statementsStatement(statedLast[kind] ?? 'null', false), [number, name.join(':')]);
}

/** Every statement has its row, under its identifier and the root of that: 1 where it has. Adds to `verified_cell`. */
export async function compareGroupMarks(
  client: PoolClient,
  generation: number,
  scope: VerificationScope,
): Promise<void> {
  await client.query(
    `insert into verified_cell
     select 'histories', 'group_mark',
            jsonb_build_object('dimension', dimension, 'source', source, 'touchpoint', touchpoint_id), 0,
            case when held.identifier is null then 0
                 when said.identifier is null then 1
                 else ((held.identifier, held.occurred_at, held.by_server, held.value, held.root)
                   = (said.identifier, said.occurred_at, said.by_server, said.value, identifier.root))::int end,
            case when said.identifier is null then 0 else 1 end
     from (select * from verified_statement where true ${andInSample(scope, 'identifier')}) as said
     full join (
       select * from metrics.group_mark where generation = $1 ${andInSample(scope, 'identifier')}) as held using (dimension, source, touchpoint_id)
     left join metrics.identifier on identifier.id = said.identifier and identifier.generation = $1`,
    [generation],
  );
}
