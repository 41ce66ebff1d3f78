/**
 * The classes of customers, without a row for each customer: where the classes of the newest valuation end, and a customer's own
 * sales by the end of that day. So the class of one costs a look at its sales.
 */
import type { ValueClass } from '@throughline/contracts';
import { plainArray, uuidArray } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import { ofGeneration } from './of-generation.ts';
import { profileParts } from './profile-parts.ts';

/** Of several currencies, the best class. Where the id of a bound was erased, all who have as much are in the class. */
const classesStatement = `
  select asked.profile, min(best.class) as class
  from unnest($2::uuid[]) as asked (profile)
  cross join lateral (
    select sold.currency, sum(sold.revenue + sold.refunded) as net
    from (${profileParts('asked.profile')}) as part
    join metrics.sales_day as sold
      on sold.identifier = part.id and (sold.is_attached or part.root = part.id) and sold.activity = $3
    where sold.${ofGeneration} and sold.currency <> '' and sold.day <= (
      select max(day) from metrics.class_bound where generation = $1)
    group by sold.currency having sum(sold.sales) > 0) as worth
  cross join lateral (
    select coalesce(min(bound.class), 'C') as class from metrics.class_bound as bound
    where bound.generation = $1 and bound.currency = worth.currency and bound.class <> 'C'
      and (worth.net > bound.net or worth.net = bound.net and asked.profile <= coalesce(bound.profile, asked.profile))) as best
  group by asked.profile`;

export interface ClassQuestion {
  profiles: readonly string[];
  /** Number of the activity whose sales count. */
  activity: number;
}

/** Without those that have no sales by the end of the day of the newest valuation. */
export async function findValueClasses(
  database: Pick<PoolClient, 'query'>,
  generation: number,
  { profiles, activity }: ClassQuestion,
): Promise<Map<string, ValueClass>> {
  if (profiles.length === 0) return new Map();
  const { rows } = await database.query<{ profile: string; class: ValueClass }>({
    name: 'find-value-classes',
    text: classesStatement,
    values: [generation, uuidArray(profiles), activity],
  });
  return new Map(rows.map((row) => [row.profile, row.class]));
}

/** The day of the newest valuation; null before the first. */
export async function findClassDay(pool: Pool, generation: number): Promise<number | null> {
  const { rows } = await pool.query<{ day: number | null }>(
    'select max(day) as day from metrics.class_bound where generation = $1',
    [generation],
  );
  return rows[0]?.day ?? null;
}

/**
 * Keeps the bounds of a valuation, whose customers are in the temporary table `ranked`, and notes the profiles whose class is
 * another than their last record said.
 */
export async function saveClassBounds(
  client: PoolClient,
  generation: number,
  { day, classOf }: { day: number; classOf: string },
): Promise<void> {
  await client.query('delete from metrics.class_bound where generation = $1', [generation]);
  await client.query(
    `insert into metrics.class_bound (generation, currency, class, day, net, profile)
     select distinct on (currency, class) $1::smallint, currency, class, $2::int, net, profile
     from (select currency, ${classOf} as class, net, profile, place from ranked) as valued
     order by currency, class, place desc`,
    [generation, day],
  );
  await client.query(
    `insert into metrics.journey_change (profiles)
     select array_agg(profile) from (
       select coalesce(valued.profile, kept.profile) as profile, (row_number() over () - 1) / 1000 as page
       from (select profile, min(${classOf}) as class from ranked group by profile) as valued
       full join (
         select profile, content ->> 'valueClass' as class from metrics.profile_journey
         where content ->> 'valueClass' is not null) as kept on kept.profile = valued.profile
       where kept.class is distinct from valued.class) as changed
     group by page`,
  );
}

/** For erasures: the ids of what was erased. */
export async function clearClassBounds(client: PoolClient, ids: readonly string[]): Promise<void> {
  await client.query('update metrics.class_bound set profile = null where profile = any($1::uuid[])', [
    plainArray(ids),
  ]);
}
