/** The touchpoint store: look-up of what is already a member, and the insert that makes a touchpoint one. */
import { plainArray, RetryTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';

/** ASCII record separator, `chr(30)` in the statement. */
const bodySeparator = '\u001e';

export interface NewTouchpoint {
  key: string;
  source: string;
  id: string;
  type: string;
  name: string | null;
  channel: string | null;
  trust: string;
  occurredAt: string;
  receivedAt: string;
  primary: string;
  identifiers: readonly string[];
  hasTraits: boolean;
  bodyHash: string;
  requestId: string;
  body: string;
}

export async function findStoredHashes(
  client: PoolClient,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ key: string; body_hash: string }>({
    text: 'select key, body_hash from identity.touchpoint where key = any($1::uuid[])',
    values: [plainArray(keys)],
  });
  return new Map(rows.map(({ key, body_hash }) => [key, body_hash]));
}

/** Throws `RetryTransaction` when another partition has stored one of them meanwhile: then it is a duplicate. */
export async function insertTouchpoints(
  client: PoolClient,
  touchpoints: readonly NewTouchpoint[],
): Promise<void> {
  if (touchpoints.length === 0) return;
  const sorted = touchpoints.toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const result = await client.query({
    name: 'insert-touchpoints',
    text: `insert into identity.touchpoint (key, source, id, type, name, channel, trust, occurred_at, received_at,
             primary_identifier, identifiers, has_traits, body_hash, request_id, body, assignment_version)
           select key, source, id, type, name, channel, trust, occurred_at, received_at,
             primary_identifier, identifiers::uuid[], has_traits, body_hash, request_id, body, 0
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::timestamptz[], $9::timestamptz[], $10::uuid[], $11::text[], $12::boolean[], $13::text[], $14::text[],
             string_to_array($15::text, chr(30))) as t (key, source, id, type, name, channel, trust, occurred_at, received_at,
             primary_identifier, identifiers, has_traits, body_hash, request_id, body)
           on conflict (key) do nothing`,
    values: [
      plainArray(sorted.map((one) => one.key)),
      sorted.map((one) => one.source),
      sorted.map((one) => one.id),
      sorted.map((one) => one.type),
      sorted.map((one) => one.name),
      sorted.map((one) => one.channel),
      sorted.map((one) => one.trust),
      plainArray(sorted.map((one) => one.occurredAt)),
      plainArray(sorted.map((one) => one.receivedAt)),
      plainArray(sorted.map((one) => one.primary)),
      // unnest would flatten an array of arrays; as text each keeps its own length.
      sorted.map((one) => `{${one.identifiers.join(',')}}`),
      plainArray(sorted.map((one) => one.hasTraits)),
      sorted.map((one) => one.bodyHash),
      sorted.map((one) => one.requestId),
      // JSON text has no raw control characters, so a separator needs no escaping of every quote in it.
      sorted.map((one) => one.body).join(bodySeparator),
    ],
  });
  if (result.rowCount !== sorted.length)
    throw new RetryTransaction('another partition stored one of the touchpoints');
}

export async function saveSources(client: PoolClient, names: Iterable<string>): Promise<void> {
  await client.query({
    name: 'save-sources',
    text: 'insert into identity.source (name) select * from unnest($1::text[]) on conflict do nothing',
    values: [[...new Set(names)].toSorted()],
  });
}
