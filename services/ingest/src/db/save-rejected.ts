/** One statement for a whole batch of rejects, with how many there were by hour, source and code. */
import type { RejectedItem } from '@throughline/contracts';
import type { PoolClient } from 'pg';

const text = `
with inserted as (
  insert into ingest.rejected_touchpoint
    (rejection_id, received_at, source, trust, request_id, route, item_index, touchpoint_id, code, field, message, body,
     body_encoding, standing_body)
  select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[],
                       $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                       $14::text[])
  on conflict (rejection_id) do nothing
  returning received_at, source, code)
insert into ingest.rejected_count (hour, source, code, items)
select date_trunc('hour', received_at, 'UTC'), source, code, count(*) from inserted
group by 1, 2, 3 order by 1, 2, 3
on conflict (hour, source, code) do update set items = rejected_count.items + excluded.items`;

/** Saves items, in the order of their ids so that two writers cannot wait for each other; repeats are left alone. */
export async function saveRejected(client: PoolClient, items: readonly RejectedItem[]): Promise<void> {
  if (items.length === 0) return;
  const sorted = items.toSorted((left, right) => (left.rejectionId < right.rejectionId ? -1 : 1));
  await client.query(text, [
    sorted.map((item) => item.rejectionId),
    sorted.map((item) => item.receivedAt),
    sorted.map((item) => item.source),
    sorted.map((item) => item.trust ?? null),
    sorted.map((item) => item.requestId),
    sorted.map((item) => item.route),
    sorted.map((item) => item.index),
    sorted.map((item) => item.id),
    sorted.map((item) => item.code),
    sorted.map((item) => item.field),
    sorted.map((item) => item.message),
    sorted.map((item) => item.body),
    sorted.map((item) => item.bodyEncoding),
    sorted.map((item) => item.standingBody ?? null),
  ]);
}
