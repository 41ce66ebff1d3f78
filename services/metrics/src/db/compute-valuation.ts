/**
 * What identified profiles are worth by the end of a day, from the sums of sales by identifier and day. All of it in one
 * snapshot, since a merge between two parts of the computation would count a customer twice. It sorts all customers, so it runs
 * beside the stream and its result is stored: see `startValuing`, which also says how long it takes.
 */
import { minorUnitsOf } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';
import { saveClassBounds } from './class-bounds.ts';
import {
  classShares,
  type ClassSums,
  type CurrencyValuation,
  type ParetoPoint,
  type ScoreBounds,
  type ScoreCell,
  type Valuation,
} from '../core/valuation.ts';

const valuedTable = `
  create temporary table valued
    (currency text, profile uuid, orders bigint, revenue bigint, refunded bigint, cost bigint, last_day integer)
  on commit drop`;

/** A root that is missing is taken as its own profile. */
const valuedStatement = `
  insert into valued
  with place as materialized (
    select identifier.id, coalesce(root.profile, identifier.root) as profile, identifier.identifying
    from metrics.identifier
    left join metrics.identifier as root on root.id = identifier.root and root.generation = $1
    where identifier.generation = $1),
  identified as (select distinct profile from place where identifying)
  select sold.currency, place.profile, sum(sold.sales), sum(sold.revenue), sum(sold.refunded), sum(sold.cost),
         max(sold.day) filter (where sold.sales > 0)
  from metrics.sales_day as sold
  join place on place.id = sold.identifier
  join identified on identified.profile = place.profile
  where sold.generation = $1 and sold.activity = $2 and sold.day <= $3 and not sold.is_attached and sold.currency <> ''
  group by sold.currency, place.profile having sum(sold.sales) > 0`;

/** Ties by id; what takes more than it brings counts as nothing. */
const rankedStatement = `
  create temporary table ranked on commit drop as
  select currency, profile, orders, revenue, refunded, cost, revenue + refunded as net, greatest(revenue + refunded, 0) as brought,
         row_number() over (partition by currency order by revenue + refunded desc, profile) as place,
         sum(greatest(revenue + refunded, 0)) over (
           partition by currency order by revenue + refunded desc, profile) as reached,
         sum(greatest(revenue + refunded, 0)) over (partition by currency) as total,
         count(*) over (partition by currency) as customers
  from valued`;

/** The customer with whom a share is reached is in the higher class. */
const classOf = `
  case when (reached - brought) * 100 < ${classShares.A} * total then 'A'
       when (reached - brought) * 100 < ${classShares.B} * total then 'B' else 'C' end`;

const classesStatement = `
  select currency, ${classOf} as class,
         count(*) as customers, sum(orders)::bigint as orders, sum(revenue)::bigint as revenue,
         sum(refunded)::bigint as refunded, sum(cost)::bigint as cost, min(net) as smallest
  from ranked group by 1, 2 order by 1, 2`;

const paretoStatement = `
  select currency, percent, place as customers, reached::bigint as net
  from ranked join generate_series(1, 100) as percent on place = (customers * percent + 99) / 100
  order by currency, percent`;

/** Quantiles by linear interpolation, Hyndman and Fan's type 7: that is what percentile_cont does. */
const boundsStatement = `
  select currency,
         percentile_cont(array[0.2, 0.4, 0.6, 0.8]) within group (order by ($1::int - last_day)::double precision) as recency,
         percentile_cont(array[0.2, 0.4, 0.6, 0.8]) within group (order by orders::double precision) as frequency,
         percentile_cont(array[0.2, 0.4, 0.6, 0.8]) within group (order by (revenue + refunded)::double precision) as monetary
  from valued group by currency order by currency`;

const score = (value: string, bounds: string): string =>
  `(1 + (select count(*) from unnest(${bounds}) as bound where ${value} >= bound))::int`;

const cellsStatement = `
  with bounds as (
    select * from jsonb_to_recordset($2::jsonb)
      as bound (currency text, recency double precision[], frequency double precision[], monetary double precision[]))
  select valued.currency, 6 - ${score('$1::int - last_day', 'bounds.recency')} as recency,
         ${score('orders', 'bounds.frequency')} as frequency, ${score('revenue + refunded', 'bounds.monetary')} as monetary,
         count(*) as customers, sum(orders)::bigint as orders, sum(revenue + refunded)::bigint as net
  from valued join bounds using (currency)
  group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

type OfCurrency<T> = T & { currency: string };

/** Stores where the classes end too: the valuation that is returned is to be saved after that, or computed again. */
export async function computeValuation(
  pool: Pool,
  generation: number,
  { activity, day }: { activity: number; day: number },
): Promise<Valuation> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read');
    await client.query(`set local statement_timeout = '10min'`);
    await client.query(`set local work_mem = '64MB'`);
    await client.query('set local jit = off');
    await client.query(valuedTable);
    await client.query(valuedStatement, [generation, activity, day]);
    await client.query('analyze valued');
    const valuation = await summarize(client, day);
    await saveClassBounds(client, generation, { day, classOf });
    await client.query('commit');
    return valuation;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release(failure);
  }
}

async function summarize(client: PoolClient, day: number): Promise<Valuation> {
  await client.query(rankedStatement);
  const classes = await client.query<OfCurrency<ClassSums>>(classesStatement);
  const pareto = await client.query<OfCurrency<ParetoPoint>>(paretoStatement);
  const quantiles = await client.query<OfCurrency<ScoreBounds>>(boundsStatement, [day]);
  const bounds = quantiles.rows.map(toBounds);
  const cells = await client.query<OfCurrency<ScoreCell>>(cellsStatement, [day, JSON.stringify(bounds)]);
  return Object.fromEntries(
    bounds.map(({ currency, ...ofCurrency }): [string, CurrencyValuation] => [
      currency,
      {
        classes: pick(classes.rows, currency),
        pareto: pick(pareto.rows, currency),
        bounds: ofCurrency,
        cells: pick(cells.rows, currency),
      },
    ]),
  );
}

/** A score begins one whole day, order or unit of money above the quantile, as in the package whose segments these are. */
function toBounds({
  currency,
  recency,
  frequency,
  monetary,
}: OfCurrency<ScoreBounds>): OfCurrency<ScoreBounds> {
  const unit = minorUnitsOf(1, currency) ?? 1;
  return {
    currency,
    recency: recency.map((bound) => bound + 1),
    frequency: frequency.map((bound) => bound + 1),
    monetary: monetary.map((bound) => bound + unit),
  };
}

function pick<T extends { currency: string }>(rows: readonly T[], currency: string): Omit<T, 'currency'>[] {
  return rows.filter((row) => row.currency === currency).map(({ currency: _currency, ...row }) => row);
}
