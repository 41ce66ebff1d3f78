/** Touchpoints as they were accepted, from the blocks that hold their records. */
import type { AcceptedTouchpoint } from '@throughline/contracts';
import { uuidArray } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import { decodeBlock } from './touchpoint-block.ts';

export interface BlockPlace {
  key: string;
  block: string;
  place: number;
}

/**
 * The records of rows, in their order.
 * @param places at most some hundreds: each may lie in a block of its own
 */
export async function readAccepted<T extends BlockPlace>(
  client: Pool | PoolClient,
  places: readonly T[],
): Promise<{ row: T; accepted: AcceptedTouchpoint }[]> {
  if (places.length === 0) return [];
  const byBlock = Map.groupBy(places, ({ block }) => block);
  const { rows } = await client.query<{ id: string; payload: Buffer }>({
    name: 'read-touchpoint-blocks',
    text: 'select id, payload from identity.touchpoint_block where id = any($1::uuid[])',
    values: [uuidArray([...byBlock.keys()])],
  });
  const records = new Map<string, AcceptedTouchpoint>();
  for (const { id, payload } of rows) {
    const texts = decodeBlock(payload);
    for (const { key, place } of byBlock.get(id) ?? []) {
      records.set(key, JSON.parse(texts[place] ?? '') as AcceptedTouchpoint);
    }
  }
  return places.map((row) => {
    const accepted = records.get(row.key);
    if (accepted === undefined) throw new Error(`touchpoint ${row.key} has no record in block ${row.block}`);
    return { row, accepted };
  });
}

/** By key; keys that are no touchpoint's, or one's that an erasure has dropped, are left out. */
export async function findAcceptedTouchpoints(
  client: Pool | PoolClient,
  keys: readonly string[],
): Promise<Map<string, AcceptedTouchpoint>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<BlockPlace>({
    name: 'find-touchpoint-places',
    text: 'select key, block, place from identity.touchpoint where key = any($1::uuid[]) and block is not null',
    values: [uuidArray(keys)],
  });
  const read = await readAccepted(client, rows);
  return new Map(read.map(({ row, accepted }) => [row.key, accepted]));
}
