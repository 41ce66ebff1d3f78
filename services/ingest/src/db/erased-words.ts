/**
 * What erasures have removed from the rejected store, and keep out of it: an item goes when it was received by the time of an
 * erasure and one of its words is a value that the erasure named. Values are kept as keyed hashes only.
 */
import { createHmac } from 'node:crypto';
import { foldedWords, type RejectedItem } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';

type Client = Pool | PoolClient;

export async function saveErasedWords(
  client: Client,
  { erasure, at, wanted }: { erasure: string; at: string; wanted: readonly string[] },
): Promise<void> {
  const salt = await loadSalt(client);
  await client.query(
    `insert into ingest.erased_word (erasure, hash, received_by)
     select distinct $1::uuid, hash, $3::timestamptz from unnest($2::uuid[]) as w (hash) on conflict do nothing`,
    [erasure, wanted.map((word) => hashWord(salt, word)), at],
  );
}

/** Those that no erasure takes. Nearly always all, after one look. */
export async function withoutErased(
  client: Client,
  items: readonly RejectedItem[],
): Promise<readonly RejectedItem[]> {
  const { rows } = await client.query<{ newest: Date | null }>(
    'select max(received_by) as newest from ingest.erased_word',
  );
  const newest = rows[0]?.newest?.toISOString();
  if (newest === undefined || items.every(({ receivedAt }) => receivedAt > newest)) return items;
  const salt = await loadSalt(client);
  const kept: RejectedItem[] = [];
  for (const item of items) {
    if (item.receivedAt > newest || !(await isErased(client, salt, item))) kept.push(item);
  }
  return kept;
}

async function isErased(client: Client, salt: string, item: RejectedItem): Promise<boolean> {
  const hashes = [...wordsOf(item)].map((word) => hashWord(salt, word));
  const { rowCount } = await client.query(
    'select from ingest.erased_word where hash = any($1::uuid[]) and received_by >= $2 limit 1',
    [hashes, item.receivedAt],
  );
  return rowCount === 1;
}

export interface RejectedTexts {
  id: string | null;
  field: string;
  message: string;
  body: string;
  bodyEncoding: string;
  standingBody?: string | null;
}

/** Of everything that an item holds. */
export function wordsOf({
  id,
  field,
  message,
  body,
  bodyEncoding,
  standingBody,
}: RejectedTexts): Set<string> {
  const text = bodyEncoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body;
  const texts = [id ?? '', field, message, text, standingBody ?? ''];
  return new Set(texts.flatMap((one) => [...foldedWords(one)]));
}

async function loadSalt(client: Client): Promise<string> {
  const { rows } = await client.query<{ salt: string }>('select salt from ingest.erasure_salt');
  const [row] = rows;
  if (row === undefined) throw new Error('ingest.erasure_salt has no row: it is made by the migrations');
  return row.salt;
}

function hashWord(salt: string, word: string): string {
  return createHmac('sha256', salt).update(word, 'utf8').digest('hex').slice(0, 32);
}
