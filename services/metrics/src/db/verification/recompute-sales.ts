/** What sales come to, from the facts that count. */
import type { PoolClient } from 'pg';

/** A row for each number of each record that counts; refunds are taken off everything but the revenue. */
const salesStatement = `
  create temporary table verified_sales on commit drop as
  select counted.activity, counted.key, staged.day, coalesce(fact.currency, '') as currency,
         jsonb_strip_nulls(jsonb_build_object(
           'currency', coalesce(fact.currency, ''),
           'store', case when fact.by_server then fact.store end,
           'register', case when fact.by_server then fact.register end,
           'channel', case when fact.by_server or fact.channel in
             ('web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat') then fact.channel end)) as dimensions,
         measured.measure, measured.amount
  from verified_counted as counted
  join verified_fact as staged on staged.key = counted.key
  join metrics.fact on fact.key = counted.key
  cross join lateral (
    select 'sales' as measure, 1::bigint as amount where counted.role = 'sale'
    union all select 'revenue', fact.amount where counted.role = 'sale'
    union all select 'refunds', 1 where counted.role = 'refund'
    union all select 'refunded', -abs(fact.amount) where counted.role = 'refund'
    union all
    select name, case counted.role when 'sale' then number else -abs(number) end
    from (values ('units', fact.units), ('tax', fact.tax), ('discount', fact.discount), ('cost', fact.cost))
      as numbers (name, number)) as measured
  where counted.has_money and measured.amount <> 0`;

const figuresStatement = `
  insert into verified_change
  select 'sales.' || measure, dimensions, day, sum(amount) from verified_sales
  where activity = 'purchase' group by measure, dimensions, day`;

/** Needs the tables of `recomputeFacts`, and adds to `verified_change`. */
export async function recomputeSales(client: PoolClient): Promise<void> {
  await client.query(salesStatement);
  await client.query('analyze verified_sales');
  await client.query(figuresStatement);
}
