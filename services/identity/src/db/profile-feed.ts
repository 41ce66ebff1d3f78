/**
 * The positions of the change feed: of each published profile its last version. Versions are given under the lock of the one
 * head row, so whatever has become visible has a lower one than all that follows: a cursor is a version, and never skips one.
 */
import { bigintArray, booleanArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FeedHead {
  version: number;
  prunedVersion: number;
}

export interface FeedRow {
  profile: string;
  version: number;
  at: string;
}

type HeadRow = Record<'version' | 'pruned_version', string>;

const selectHead = 'select version, pruned_version from identity.profile_feed_head';

export async function findFeedHead(client: Pick<PoolClient, 'query'>): Promise<FeedHead> {
  const { rows } = await client.query<HeadRow>(selectHead);
  return toHead(rows[0]) ?? { version: 0, prunedVersion: 0 };
}

/** Null while another process publishes. */
export async function lockFeedHead(client: PoolClient): Promise<FeedHead | null> {
  const { rows } = await client.query<HeadRow>(`${selectHead} for update skip locked`);
  return toHead(rows[0]);
}

function toHead(row: HeadRow | undefined): FeedHead | null {
  return row === undefined
    ? null
    : { version: Number(row.version), prunedVersion: Number(row.pruned_version) };
}

export async function findPublished(client: PoolClient, profiles: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ profile: string }>({
    name: 'find-published-profiles',
    text: 'select profile from identity.profile_feed where profile = any($1::uuid[])',
    values: [uuidArray(profiles)],
  });
  return new Set(rows.map(({ profile }) => profile));
}

/** @param entries with ascending versions; the head is locked */
export async function saveFeedEntries(
  client: PoolClient,
  entries: readonly { profile: string; version: number; ended: boolean }[],
  at: string,
): Promise<void> {
  await client.query({
    name: 'save-feed-entries',
    text: `insert into identity.profile_feed (profile, version, ended, changed_at)
           select *, $4::timestamptz from unnest($1::uuid[], $2::bigint[], $3::boolean[])
           on conflict (profile) do update set version = excluded.version, ended = excluded.ended,
             changed_at = excluded.changed_at`,
    values: [
      uuidArray(entries.map(({ profile }) => profile)),
      bigintArray(entries.map(({ version }) => version)),
      booleanArray(entries.map(({ ended }) => ended)),
      at,
    ],
  });
  await client.query('update identity.profile_feed_head set version = $1', [entries.at(-1)?.version ?? 0]);
}

/** In the order of versions, after one. */
export async function findFeedPage(client: PoolClient, after: number, limit: number): Promise<FeedRow[]> {
  const { rows } = await client.query<{ profile: string; version: string; changed_at: string }>({
    name: 'find-feed-page',
    text: `select profile, version, changed_at from identity.profile_feed where version > $1
           order by version limit $2`,
    values: [after, limit],
    types: isoTimestamps,
  });
  return rows.map(({ profile, version, changed_at: at }) => ({ profile, version: Number(version), at }));
}

/** Forgets ended profiles whose retention is over; returns how many. */
export async function pruneFeed(client: PoolClient, retentionDays: number, limit: number): Promise<number> {
  if ((await lockFeedHead(client)) === null) return 0;
  const { rows } = await client.query<{ version: string }>(
    `delete from identity.profile_feed where profile = any(array(
       select profile from identity.profile_feed where ended order by version limit $2))
       and changed_at < now() - make_interval(days => $1) returning version`,
    [retentionDays, limit],
  );
  const last = Math.max(...rows.map(({ version }) => Number(version)));
  if (rows.length > 0) {
    await client.query(
      'update identity.profile_feed_head set pruned_version = greatest(pruned_version, $1)',
      [last],
    );
  }
  return rows.length;
}
