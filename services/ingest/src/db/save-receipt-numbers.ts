/** One statement for a batch of receipt numbers. */
import { compareText, type ReceivedReceipt } from '@throughline/contracts';
import type { PoolClient } from 'pg';

const text = `
insert into ingest.receipt_number
  (store, business_day, source, register, sequence, state, touchpoint_id, body_hash, received_at)
select * from unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
                     $9::timestamptz[])
on conflict do nothing`;

/**
 * A receipt is one row for each state and each of its bodies, so the order of arrival decides nothing. In the order of the
 * key, so that two writers cannot wait for each other.
 */
export async function saveReceiptNumbers(
  client: PoolClient,
  receipts: readonly ReceivedReceipt[],
): Promise<void> {
  const sorted = receipts.toSorted(
    (left, right) =>
      compareText(left.store, right.store) ||
      compareText(left.businessDay, right.businessDay) ||
      compareText(left.source, right.source) ||
      compareText(left.register, right.register) ||
      left.sequence - right.sequence ||
      compareText(left.state, right.state) ||
      compareText(left.bodyHash, right.bodyHash),
  );
  await client.query(text, [
    sorted.map(({ store }) => store),
    sorted.map(({ businessDay }) => businessDay),
    sorted.map(({ source }) => source),
    sorted.map(({ register }) => register),
    sorted.map(({ sequence }) => sequence),
    sorted.map(({ state }) => state),
    sorted.map(({ id }) => id ?? ''),
    sorted.map(({ bodyHash }) => bodyHash),
    sorted.map(({ receivedAt }) => receivedAt),
  ]);
}
