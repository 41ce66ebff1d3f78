/** Counts the copies of touchpoints that are members already, for traces. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

export interface DuplicateCopy {
  key: string;
  receivedAt: string;
  requestId: string;
}

export async function saveDuplicates(client: PoolClient, copies: readonly DuplicateCopy[]): Promise<void> {
  if (copies.length === 0) return;
  const byKey = new Map<string, DuplicateCopy & { count: number }>();
  for (const copy of copies) {
    const known = byKey.get(copy.key);
    const last = known !== undefined && known.receivedAt > copy.receivedAt ? known : copy;
    byKey.set(copy.key, { ...last, count: (known?.count ?? 0) + 1 });
  }
  const sorted = [...byKey.values()].toSorted((left, right) => (left.key < right.key ? -1 : 1));
  await client.query({
    name: 'save-duplicates',
    text: `insert into identity.touchpoint_duplicate as d (key, copies, last_received_at, last_request_id)
           select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[])
           on conflict (key) do update set copies = d.copies + excluded.copies,
             last_request_id = case when excluded.last_received_at >= d.last_received_at
               then excluded.last_request_id else d.last_request_id end,
             last_received_at = greatest(d.last_received_at, excluded.last_received_at)`,
    values: [
      plainArray(sorted.map(({ key }) => key)),
      plainArray(sorted.map(({ count }) => count)),
      plainArray(sorted.map(({ receivedAt }) => receivedAt)),
      sorted.map(({ requestId }) => requestId),
    ],
  });
}
