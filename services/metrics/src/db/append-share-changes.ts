/** Appends what a batch changes about the shares of profiles, and about the sales of identifiers, on days that are closed. */
import { bigintArray, integerArray, textArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { SalesRow } from '../core/sales-days.ts';
import { salesMeasures } from '../core/sales-sums.ts';
import type { ShareChange } from '../core/share-changes.ts';

export interface ChangePlace {
  generation: number;
  epoch: number;
  /** The id in the database of a number in the catalog. */
  series: (number: number) => number;
}

/** Ids ascend in the order of the changes, and profiles are locked until the transaction ends: so those of a profile are in order. */
export async function appendShareChanges(
  client: PoolClient,
  { generation, epoch, series }: ChangePlace,
  changes: readonly ShareChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const shares = changes.map((change) =>
    change.renamedTo === null ? change : { ...change, series: [], days: [], amounts: [] },
  );
  let length = 0;
  const lasts = shares.map(({ days }) => (length += days.length));
  await client.query({
    name: 'append-share-changes',
    text: `insert into metrics.share_change (generation, epoch, profile, renamed_to, series, days, amounts)
           select $1, $2, profile, renamed_to, ($7::int[])[first:last], ($8::int[])[first:last], ($9::int[])[first:last]
           from unnest($3::uuid[], $4::uuid[], $5::int[], $6::int[]) with ordinality
             as changed (profile, renamed_to, first, last, place)
           order by place`,
    values: [
      generation,
      epoch,
      uuidArray(shares.map(({ profile }) => profile)),
      uuidArray(shares.map(({ renamedTo }) => renamedTo)),
      integerArray(lasts.map((_last, index) => (lasts[index - 1] ?? 0) + 1)),
      integerArray(lasts),
      integerArray(shares.flatMap((change) => change.series.map(series))),
      integerArray(shares.flatMap(({ days }) => days)),
      integerArray(shares.flatMap(({ amounts }) => amounts)),
    ],
  });
}

export async function appendSalesChanges(
  client: PoolClient,
  { generation, epoch }: Pick<ChangePlace, 'generation' | 'epoch'>,
  rows: readonly SalesRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const places = salesMeasures.map((_name, index) => `$${index + 6}::bigint[]`).join(', ');
  await client.query({
    name: 'append-sales-changes',
    text: `insert into metrics.sales_change (generation, epoch, identifier, day, currency, ${salesMeasures.join(', ')})
           select $1, $2, * from unnest($3::uuid[], $4::int[], $5::text[], ${places})`,
    values: [
      generation,
      epoch,
      uuidArray(rows.map(({ identifier }) => identifier)),
      integerArray(rows.map(({ day }) => day)),
      textArray(rows.map(({ currency }) => currency)),
      ...salesMeasures.map((name) => bigintArray(rows.map(({ sums }) => sums[name]))),
    ],
  });
}
