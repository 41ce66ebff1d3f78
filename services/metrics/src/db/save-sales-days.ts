/** Adds to the sums of sales by identifier and day. They are only ever added to, so nothing is read for it. */
import {
  bigintArray,
  booleanArray,
  integerArray,
  plainArray,
  smallintArray,
  textArray,
  uuidArray,
} from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { SalesRow } from '../core/sales-days.ts';
import { salesMeasures } from '../core/sales-sums.ts';

const columns = salesMeasures.join(', ');
const addition = salesMeasures.map((name) => `${name} = sales_day.${name} + excluded.${name}`).join(', ');
const onConflict = `on conflict (identifier, is_attached, activity, day, currency, generation) do update set ${addition}`;

export async function saveSalesDays(
  client: PoolClient,
  generation: number,
  rows: readonly SalesRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const places = salesMeasures.map((_name, index) => `$${index + 7}::bigint[]`).join(', ');
  await client.query({
    name: 'save-sales-days',
    text: `insert into metrics.sales_day (generation, identifier, is_attached, activity, day, currency, ${columns})
           select $1, * from unnest($2::uuid[], $3::boolean[], $4::smallint[], $5::int[], $6::text[], ${places})
           ${onConflict}`,
    values: [
      generation,
      uuidArray(rows.map(({ identifier }) => identifier)),
      booleanArray(rows.map(({ isAttached }) => isAttached)),
      smallintArray(rows.map(({ activity }) => activity)),
      integerArray(rows.map(({ day }) => day)),
      textArray(rows.map(({ currency }) => currency)),
      ...salesMeasures.map((name) => bigintArray(rows.map(({ sums }) => sums[name]))),
    ],
  });
}

export interface RootMove {
  identifier: string;
  from: string;
  to: string;
}

/** What is attached to a root is a sum: an identifier that leaves takes its own from it, and adds it to the next one's. */
export async function moveSalesDays(
  client: PoolClient,
  generation: number,
  moves: readonly RootMove[],
): Promise<void> {
  const changes = moves.flatMap(({ identifier, from, to }) => [
    ...(from === identifier ? [] : [{ identifier, root: from, sign: -1 }]),
    ...(to === identifier ? [] : [{ identifier, root: to, sign: 1 }]),
  ]);
  if (changes.length === 0) return;
  const sums = salesMeasures.map((name) => `sum(changed.sign * held.${name})::bigint`).join(', ');
  await client.query({
    name: 'move-sales-days',
    text: `insert into metrics.sales_day (generation, identifier, is_attached, activity, day, currency, ${columns})
           select $1::smallint, changed.root, true, held.activity, held.day, held.currency, ${sums}
           from unnest($2::uuid[], $3::uuid[], $4::int[]) as changed (identifier, root, sign)
           cross join lateral (
             select * from metrics.sales_day
             where sales_day.identifier = changed.identifier and not is_attached and generation + 0 = $1
             offset 0) as held
           group by changed.root, held.activity, held.day, held.currency
           ${onConflict}`,
    values: [
      generation,
      plainArray(changes.map(({ identifier }) => identifier)),
      plainArray(changes.map(({ root }) => root)),
      plainArray(changes.map(({ sign }) => sign)),
    ],
  });
}
