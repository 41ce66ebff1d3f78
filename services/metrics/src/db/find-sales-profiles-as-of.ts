/** What the sales of a day were made of as they stood: the sums of now, less what was changed about the day since. */
import type { Pool } from 'pg';
import type { AsOf } from '../core/as-of.ts';
import { salesMeasures } from '../core/sales-sums.ts';
import type { SalesPosition, SalesProfile } from './find-sales-profiles.ts';

export interface SalesProfilePage {
  profiles: SalesProfile[];
  /** The last row that was read; null at the end. */
  next: SalesPosition | null;
}

const names = salesMeasures.join(', ');
const sums = salesMeasures.map((name) => `sum(${name})::bigint as ${name}`).join(', ');
const negative = salesMeasures.map((name) => `-${name}`).join(', ');
const isAny = salesMeasures.map((name) => `sum(${name}) <> 0`).join(' or ');

/** Changes are read up to where the page of rows ends, so that the next page continues there. */
const statement = `
  with page as materialized (
    select identifier, currency, ${names} from metrics.sales_day
    where activity = $2 and day = $3 and not is_attached and generation = $1
      and (identifier, currency) > ($4::uuid, $5::text collate "C")
    order by identifier, currency limit $6),
  edge as (select identifier, currency from page order by identifier desc, currency desc limit 1),
  changed as (
    select identifier, currency, ${negative} from metrics.sales_change
    where generation = $1 and day = $3 and epoch >= $7
      and (identifier, currency) > ($4::uuid, $5::text collate "C")
      and ((select count(*) from page) < $6 or (identifier, currency) <= (select identifier, currency from edge))),
  stood as (
    select identifier, currency, ${sums}
    from (select * from page union all select * from changed) as part
    group by identifier, currency having ${isAny})
  select (select count(*)::int from page) as "rowsRead", edge.identifier as "lastIdentifier", edge.currency as "lastCurrency",
         coalesce(root.profile, held.root, stood.identifier) as profile, stood.*
  from (values (0)) as always
  left join edge on true
  left join stood on true
  left join metrics.identifier as held on held.id = stood.identifier and held.generation = $1
  left join metrics.identifier as root on root.id = held.root and root.generation = $1
  order by stood.identifier, stood.currency`;

interface Row extends SalesProfile {
  rowsRead: number;
  lastIdentifier: string | null;
  lastCurrency: string | null;
}

export async function findSalesProfilesAsOf(
  pool: Pool,
  asOf: AsOf,
  asked: { activity: number; day: number; limit: number; after: SalesPosition | null },
): Promise<SalesProfilePage> {
  const { activity, day, limit, after } = asked;
  const { rows } = await pool.query<Row>(statement, [
    asOf.generation,
    activity,
    day,
    after?.identifier ?? firstIdentifier,
    after?.currency ?? '',
    limit,
    asOf.epoch,
  ]);
  const [first] = rows;
  const { rowsRead = 0, lastIdentifier = null, lastCurrency = null } = first ?? {};
  const isEnd = rowsRead < limit || lastIdentifier === null || lastCurrency === null;
  return {
    profiles: rows.flatMap(({ rowsRead: _read, lastIdentifier: _id, lastCurrency: _currency, ...row }) =>
      (row.identifier as string | null) === null ? [] : [row],
    ),
    next: isEnd ? null : { identifier: lastIdentifier, currency: lastCurrency },
  };
}

const firstIdentifier = '00000000-0000-0000-0000-000000000000';
