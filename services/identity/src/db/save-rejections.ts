/** Why touchpoints were rejected, for traces. The bytes stay with ingest. */
import type { RejectedItem } from '@throughline/contracts';
import type { PoolClient } from 'pg';

export async function saveRejections(client: PoolClient, rejections: readonly RejectedItem[]): Promise<void> {
  if (rejections.length === 0) return;
  const sorted = rejections.toSorted((left, right) => (left.rejectionId < right.rejectionId ? -1 : 1));
  await client.query({
    name: 'save-rejections',
    text: `insert into identity.rejection (rejection_id, id, source, received_at, code, field, message)
           select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
           on conflict (rejection_id) do nothing`,
    values: [
      sorted.map((one) => one.rejectionId),
      sorted.map((one) => one.id),
      sorted.map((one) => one.source),
      sorted.map((one) => one.receivedAt),
      sorted.map((one) => one.code),
      sorted.map((one) => one.field),
      sorted.map((one) => one.message),
    ],
  });
}

export async function deleteRejections(client: PoolClient, rejectionIds: readonly string[]): Promise<void> {
  if (rejectionIds.length === 0) return;
  await client.query('delete from identity.rejection where rejection_id = any($1::uuid[])', [rejectionIds]);
}
