/** First and last times that dropped touchpoints still count for. The identifiers are locked wherever these are read and written. */
import { booleanArray, textArray, timestampArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { KeptMention } from '../core/kept-mention.ts';
import type { Mentions } from '../core/mentions.ts';
import { isoTimestamps } from './iso-timestamps.ts';

/** @param kept sorted by identifier and time */
export async function saveErasureMentions(client: PoolClient, kept: readonly KeptMention[]): Promise<void> {
  if (kept.length === 0) return;
  await client.query({
    text: `insert into identity.erasure_mention as m
             (identifier, erased_at, first_server_at, first_public_at, first_seen_at, last_seen_at, original, blocked)
           select * from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
             $6::timestamptz[], $7::text[], $8::boolean[])
           on conflict (identifier, erased_at) do update set
             first_server_at = least(m.first_server_at, excluded.first_server_at),
             first_public_at = least(m.first_public_at, excluded.first_public_at),
             first_seen_at = least(m.first_seen_at, excluded.first_seen_at),
             last_seen_at = greatest(m.last_seen_at, excluded.last_seen_at),
             original = case
               when m.first_seen_at < excluded.first_seen_at then m.original
               when m.first_seen_at > excluded.first_seen_at then excluded.original
               when m.original is null or excluded.original is null then null
               else least(m.original collate "C", excluded.original) end`,
    values: [
      uuidArray(kept.map(({ id }) => id)),
      timestampArray(kept.map(({ erasedAt }) => erasedAt)),
      timestampArray(kept.map(({ firstServerAt }) => firstServerAt)),
      timestampArray(kept.map(({ firstPublicAt }) => firstPublicAt)),
      timestampArray(kept.map(({ firstSeenAt }) => firstSeenAt)),
      timestampArray(kept.map(({ lastSeenAt }) => lastSeenAt)),
      textArray(kept.map(({ original }) => original)),
      booleanArray(kept.map(({ blocked }) => blocked)),
    ],
  });
}

/** By identifier; several where several erasures have dropped what mentions it. */
export async function loadErasureMentions(
  client: PoolClient,
  identifiers: readonly string[],
): Promise<Map<string, Mentions[]>> {
  const { rows } = await client.query<{
    identifier: string;
    first_server_at: string | null;
    first_public_at: string | null;
    first_seen_at: string;
    last_seen_at: string;
    original: string | null;
  }>({
    text: `select identifier, first_server_at, first_public_at, first_seen_at, last_seen_at, original
           from identity.erasure_mention where identifier = any($1::uuid[]) order by identifier, erased_at`,
    values: [uuidArray(identifiers)],
    types: isoTimestamps,
  });
  const mentions = rows.map((row): Mentions => ({
    id: row.identifier,
    firstServerAt: row.first_server_at,
    firstPublicAt: row.first_public_at,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    original: row.original,
  }));
  return Map.groupBy(mentions, ({ id }) => id);
}

/**
 * What an erasure of the identifiers themselves takes: it concerns all that earlier ones have dropped. Those of blocked ones stay.
 * Returns the identifiers that lost some.
 */
export async function deleteErasureMentions(
  client: PoolClient,
  identifiers: readonly string[],
  before: string,
): Promise<string[]> {
  const { rows } = await client.query<{ identifier: string }>({
    text: `delete from identity.erasure_mention m
           where m.identifier = any($1::uuid[]) and m.erased_at < $2 and not m.blocked
           returning m.identifier`,
    values: [uuidArray(identifiers), before],
  });
  return [...new Set(rows.map(({ identifier }) => identifier))];
}
