/** What erasures leave of touchpoints: of a dropped one its key, of others a record without what was struck out. */
import { booleanArray, RetryTransaction, textArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { BlockPlace } from './find-accepted-touchpoints.ts';
import { decodeBlock, encodeBlock } from './touchpoint-block.ts';

/** Of touchpoints that come when they are erased already. Throws `RetryTransaction` when another partition has stored one of them. */
export async function insertErasedTouchpoints(client: PoolClient, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const { rowCount } = await client.query({
    name: 'insert-erased-touchpoints',
    text: 'insert into identity.touchpoint (key) select unnest($1::uuid[]) on conflict (key) do nothing',
    values: [uuidArray(keys.toSorted())],
  });
  if (rowCount !== keys.length) throw new RetryTransaction('another partition stored one of the touchpoints');
}

/** With what was kept of copies that came later. Records are taken out by `rewriteRecords`. */
export async function eraseTouchpoints(client: PoolClient, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const values = [uuidArray(keys.toSorted())];
  await client.query({
    text: `update identity.touchpoint set primary_identifier = null, occurred_at = null, assignment_version = null,
             block = null, place = null, has_traits = null, identifiers = null, counted = null, trust = null,
             source = null, id = null, name = null, channel = null, body_hash = null
           where key = any($1::uuid[])`,
    values,
  });
  await client.query({
    text: 'delete from identity.touchpoint_duplicate where key = any($1::uuid[])',
    values,
  });
  await client.query({
    text: 'delete from identity.touchpoint_conflict where key = any($1::uuid[])',
    values,
  });
}

export interface StruckTouchpoint {
  key: string;
  identifiers: readonly string[];
  /** All that it came with. */
  counted: readonly string[];
  hasTraits: boolean;
}

export async function strikeTouchpoints(
  client: PoolClient,
  touchpoints: readonly StruckTouchpoint[],
): Promise<void> {
  if (touchpoints.length === 0) return;
  await client.query({
    text: `update identity.touchpoint t set identifiers = s.identifiers::uuid[], counted = s.counted::uuid[],
             has_traits = s.has_traits
           from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[]) as s (key, identifiers, counted, has_traits)
           where t.key = s.key`,
    values: [
      uuidArray(touchpoints.map(({ key }) => key)),
      textArray(touchpoints.map(({ identifiers }) => `{${identifiers.join(',')}}`)),
      textArray(touchpoints.map(({ counted }) => `{${counted.join(',')}}`)),
      booleanArray(touchpoints.map(({ hasTraits }) => hasTraits)),
    ],
  });
}

/** @param records by their places: a new text, or blank for one that goes. A block without records goes too. */
export async function rewriteRecords(
  client: PoolClient,
  records: readonly (Pick<BlockPlace, 'block' | 'place'> & { text: string })[],
): Promise<void> {
  const byBlock = Map.groupBy(records, ({ block }) => block);
  // Locked in one order: two erasures may concern one block.
  const { rows } = await client.query<{ id: string; payload: Buffer }>({
    text: 'select id, payload from identity.touchpoint_block where id = any($1::uuid[]) order by id for update',
    values: [uuidArray([...byBlock.keys()])],
  });
  for (const { id, payload } of rows) {
    const texts = decodeBlock(payload);
    for (const { place, text } of byBlock.get(id) ?? []) texts[place] = text;
    if (texts.every((text) => text === '')) {
      await client.query('delete from identity.touchpoint_block where id = $1', [id]);
    } else {
      await client.query('update identity.touchpoint_block set payload = $2 where id = $1', [
        id,
        encodeBlock(texts),
      ]);
    }
  }
}
