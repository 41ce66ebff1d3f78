/** Compares the sums of sales by identifier and day with the facts that count, and those of roots with what is attached to them. */
import type { PoolClient } from 'pg';
import { andInSample, type VerificationScope } from './verification-scope.ts';
import { salesMeasures } from '../../core/sales-sums.ts';

const measures = (of: string) => salesMeasures.map((name) => `('${name}', ${of}.${name}::bigint)`).join(', ');

const ownStatement = (scope: VerificationScope) => `
  insert into verified_cell
  with maintained as (
    select held.identifier, held.activity, held.day, held.currency, measured.measure, measured.amount
    from metrics.sales_day as held cross join lateral (values ${measures('held')}) as measured (measure, amount)
    where held.generation = $1 and not held.is_attached and measured.amount <> 0
      ${andInSample(scope, 'held.identifier')}),
  recomputed as (
    select fact.identifier, definition.id as activity, sold.day, sold.currency, sold.measure, sum(sold.amount) as amount
    from verified_sales as sold
    join metrics.fact on fact.key = sold.key
    join metrics.generation_definition as used on used.generation = $1 and used.state = 'ready'
    join metrics.definition on definition.id = used.definition and definition.name = sold.activity
    where true ${andInSample(scope, 'fact.identifier')}
    group by fact.identifier, definition.id, sold.day, sold.currency, sold.measure having sum(sold.amount) <> 0)
  select 'histories', 'sales', jsonb_build_object('identifier', identifier, 'currency', currency, 'measure', measure), day,
         coalesce(maintained.amount, 0)::bigint, coalesce(recomputed.amount, 0)::bigint
  from maintained full join recomputed using (identifier, activity, day, currency, measure)`;

const attachedStatement = (scope: VerificationScope) => `
  insert into verified_cell
  with held as (
    select sales_day.*, identifier.root
    from metrics.sales_day
    join metrics.identifier on identifier.id = sales_day.identifier and identifier.generation = $1
    where sales_day.generation = $1 ${andInSample(scope, 'identifier.root')}),
  measured as (
    select held.*, measured.measure, measured.amount
    from held cross join lateral (values ${measures('held')}) as measured (measure, amount)),
  maintained as (
    select identifier as root, activity, day, currency, measure, amount from measured where is_attached and amount <> 0),
  recomputed as (
    select root, activity, day, currency, measure, sum(amount) as amount from measured
    where not is_attached and root <> identifier
    group by root, activity, day, currency, measure having sum(amount) <> 0)
  select 'histories', 'attached_sales', jsonb_build_object('root', root, 'currency', currency, 'measure', measure), day,
         coalesce(maintained.amount, 0)::bigint, coalesce(recomputed.amount, 0)::bigint
  from maintained full join recomputed using (root, activity, day, currency, measure)`;

/** Adds to `verified_cell`; the tables of `recomputeFacts` are there. */
export async function compareSales(
  client: PoolClient,
  generation: number,
  scope: VerificationScope,
): Promise<void> {
  await client.query(ownStatement(scope), [generation]);
  await client.query(attachedStatement(scope), [generation]);
}
