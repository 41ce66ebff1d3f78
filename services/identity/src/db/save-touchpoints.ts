/** The one table that makes a touchpoint a member of the set, with where it belongs, and the blocks that hold their records. */
import {
  allOrCause,
  booleanArray,
  byteaArray,
  RetryTransaction,
  smallintArray,
  textArray,
  timestampArray,
  uuidArray,
} from '@throughline/postgres';
import { mapInSlices } from '@throughline/timing';
import type { PoolClient } from 'pg';
import { cutIntoBlocks, encodeBlock } from './touchpoint-block.ts';

export interface NewTouchpoint {
  key: string;
  source: string;
  id: string;
  name: string | null;
  channel: string | null;
  trust: string;
  occurredAt: string;
  primary: string;
  identifiers: readonly string[];
  hasTraits: boolean;
  bodyHash: string;
  /** The record as the log has it. */
  text: string;
}

/** Null of one that an erasure has dropped. */
export async function findStoredHashes(
  client: PoolClient,
  keys: readonly string[],
): Promise<Map<string, string | null>> {
  const { rows } = await client.query<{ key: string; body_hash: string | null }>({
    name: 'find-stored-hashes',
    text: 'select key, body_hash from identity.touchpoint where key = any($1::uuid[])',
    values: [uuidArray(keys)],
  });
  return new Map(rows.map(({ key, body_hash }) => [key, body_hash]));
}

/** Touchpoints whose records lie in one block. */
export interface TouchpointBlock {
  id: string;
  touchpoints: readonly NewTouchpoint[];
  payload: Buffer;
}

/** Compressing is a fifth of what writing a batch takes of the event loop: the statements are sent together when it is done. */
export async function makeBlocks(touchpoints: readonly NewTouchpoint[]): Promise<TouchpointBlock[]> {
  return await mapInSlices(cutIntoBlocks(touchpoints), (block) => ({
    id: block[0]?.key ?? '',
    touchpoints: block,
    payload: encodeBlock(block.map(({ text }) => text)),
  }));
}

/** Throws `RetryTransaction` when another partition has stored one of them meanwhile: then it is a duplicate. */
export async function insertTouchpoints(
  client: PoolClient,
  blocks: readonly TouchpointBlock[],
): Promise<void> {
  if (blocks.length === 0) return;
  const insertingRows = insertRows(client, blocks);
  const insertingBlocks = client.query({
    name: 'insert-touchpoint-blocks',
    text: `insert into identity.touchpoint_block (id, payload) select * from unnest($1::uuid[], $2::bytea[])`,
    values: [uuidArray(blocks.map(({ id }) => id)), byteaArray(blocks.map(({ payload }) => payload))],
  });
  await allOrCause([insertingRows, insertingBlocks]);
}

async function insertRows(client: PoolClient, blocks: readonly TouchpointBlock[]): Promise<void> {
  const sorted = blocks
    .flatMap(({ id, touchpoints }) => touchpoints.map((one, place) => ({ ...one, block: id, place })))
    .toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const result = await client.query({
    name: 'insert-touchpoints',
    text: `insert into identity.touchpoint (key, primary_identifier, occurred_at, assignment_version, block, place,
             has_traits, identifiers, trust, source, id, name, channel, body_hash)
           select key, primary_identifier, occurred_at, 0, block, place,
             has_traits, identifiers::uuid[], trust, source, id, name, channel, body_hash
           from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::smallint[], $6::boolean[], $7::text[],
             $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
             as t (key, primary_identifier, occurred_at, block, place,
               has_traits, identifiers, trust, source, id, name, channel, body_hash)
           on conflict (key) do nothing`,
    values: [
      uuidArray(sorted.map((one) => one.key)),
      uuidArray(sorted.map((one) => one.primary)),
      timestampArray(sorted.map((one) => one.occurredAt)),
      uuidArray(sorted.map((one) => one.block)),
      smallintArray(sorted.map((one) => one.place)),
      booleanArray(sorted.map((one) => one.hasTraits)),
      // unnest would flatten an array of arrays; as text each keeps its own length.
      textArray(sorted.map((one) => `{${one.identifiers.join(',')}}`)),
      textArray(sorted.map((one) => one.trust)),
      textArray(sorted.map((one) => one.source)),
      textArray(sorted.map((one) => one.id)),
      textArray(sorted.map((one) => one.name)),
      textArray(sorted.map((one) => one.channel)),
      textArray(sorted.map((one) => one.bodyHash)),
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
