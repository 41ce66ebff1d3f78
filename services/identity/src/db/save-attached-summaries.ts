/**
 * Sums over the identifiers attached to each root. Counts are exact at any time. A bound in time is in doubt when the
 * identifier that had it has left: for a root with few of them it is read from the identifiers, for one with many a recheck
 * reads it once, at most once a second.
 */
import { bigintArray, integerArray, timestampArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { SummaryChange } from '../core/attached-summary.ts';

/** Roots with more attached identifiers than this are read by their sums alone. */
export const maxReadAttached = 1_000;

/**
 * The last statements of a transaction that wait for rows of others, so that they close no circle of waits.
 * @returns roots whose bounds a recheck must read
 */
export async function saveAttachedSummaries(
  client: PoolClient,
  changes: readonly SummaryChange[],
): Promise<string[]> {
  if (changes.length === 0) return [];
  const sorted = changes.toSorted((left, right) => (left.root < right.root ? -1 : 1));
  return [...(await addToSummaries(client, sorted)), ...(await doubtBounds(client, sorted))];
}

/** Returns the roots that have grown past the limit while their bounds are in doubt. */
async function addToSummaries(client: PoolClient, sorted: readonly SummaryChange[]): Promise<string[]> {
  const { rows } = await client.query<{ root: string; size: number }>({
    name: 'save-attached-summaries',
    text: `insert into identity.attached_summary as s (root, carriers, transactions, identifying, touchpoint_count,
             first_touchpoint_at, last_touchpoint_at)
           select * from unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::bigint[],
             $6::timestamptz[], $7::timestamptz[])
           on conflict (root) do update set
             carriers = s.carriers + excluded.carriers,
             transactions = s.transactions + excluded.transactions,
             identifying = s.identifying + excluded.identifying,
             touchpoint_count = s.touchpoint_count + excluded.touchpoint_count,
             first_touchpoint_at = least(s.first_touchpoint_at, excluded.first_touchpoint_at),
             last_touchpoint_at = greatest(s.last_touchpoint_at, excluded.last_touchpoint_at)
           returning root, case when bounds_stale then carriers + transactions else 0 end as size`,
    values: [
      uuidArray(sorted.map(({ root }) => root)),
      integerArray(sorted.map(({ carriers }) => carriers)),
      integerArray(sorted.map(({ transactions }) => transactions)),
      integerArray(sorted.map(({ identifying }) => identifying)),
      bigintArray(sorted.map(({ touchpoints }) => touchpoints)),
      timestampArray(sorted.map(({ firstCame }) => firstCame)),
      timestampArray(sorted.map(({ lastCame }) => lastCame)),
    ],
  });
  const grownBy = new Map(sorted.map((one) => [one.root, one.carriers + one.transactions]));
  return rows.flatMap(({ root, size }) =>
    size > maxReadAttached && size - (grownBy.get(root) ?? 0) <= maxReadAttached ? [root] : [],
  );
}

/** Returns the roots with many identifiers whose bounds were not in doubt before. */
async function doubtBounds(client: PoolClient, sorted: readonly SummaryChange[]): Promise<string[]> {
  const left = sorted.filter(({ firstLeft, lastLeft }) => firstLeft !== null || lastLeft !== null);
  if (left.length === 0) return [];
  const { rows } = await client.query<{ root: string }>({
    name: 'doubt-attached-bounds',
    text: `with doubted as (
             update identity.attached_summary s set bounds_stale = true
             from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as l (root, first_left, last_left)
             where s.root = l.root and not s.bounds_stale
               and (l.first_left <= s.first_touchpoint_at or l.last_left >= s.last_touchpoint_at)
             returning s.root, s.carriers + s.transactions as size)
           select root from doubted where size > $4`,
    values: [
      uuidArray(left.map(({ root }) => root)),
      timestampArray(left.map(({ firstLeft }) => firstLeft)),
      timestampArray(left.map(({ lastLeft }) => lastLeft)),
      maxReadAttached,
    ],
  });
  return rows.map(({ root }) => root);
}

/** Reads the bounds from the identifiers. The lock comes first: what commits until then is in, what commits later is added. */
export async function rereadAttachedBounds(client: PoolClient, root: string): Promise<void> {
  await client.query({
    text: 'select from identity.attached_summary where root = $1 for update',
    values: [root],
  });
  await client.query({
    text: `update identity.attached_summary s set bounds_stale = false,
             first_touchpoint_at = bounds.first, last_touchpoint_at = bounds.last
           from (select min(first_touchpoint_at) as first, max(last_touchpoint_at) as last
                 from identity.identifier where root = $1 and root <> id) as bounds
           where s.root = $1`,
    values: [root],
  });
}
