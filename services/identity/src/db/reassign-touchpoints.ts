/** Touchpoints that move from one identifier to another, and what that leaves of the one they left. */
import type { AcceptedTouchpoint, Trust } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';
import { type BlockPlace, readAccepted } from './find-accepted-touchpoints.ts';
import { isoTimestamps } from './iso-timestamps.ts';
import type { RecheckCursor } from './rechecks.ts';

export interface StoredTouchpointRow {
  key: string;
  trust: Trust;
  occurredAt: string;
  identifiers: string[];
  assignmentVersion: number;
  accepted: AcceptedTouchpoint;
}

/** A page of the touchpoints under an identifier, after `cursor`, in the order of `touchpoint_timeline`. */
export async function loadTouchpointsUnder(
  client: Pool | PoolClient,
  identifier: string,
  cursor: RecheckCursor | null,
  limit: number,
): Promise<StoredTouchpointRow[]> {
  return await loadPage(client, { identifier, cursor, limit, filter: '' });
}

/** Of those with traits, in the order of `touchpoint_with_traits`. */
export async function loadTouchpointsWithTraits(
  client: PoolClient,
  identifier: string,
  cursor: RecheckCursor | null,
  limit: number,
): Promise<StoredTouchpointRow[]> {
  return await loadPage(client, { identifier, cursor, limit, filter: 'and has_traits' });
}

async function loadPage(
  client: Pool | PoolClient,
  page: { identifier: string; cursor: RecheckCursor | null; limit: number; filter: '' | 'and has_traits' },
): Promise<StoredTouchpointRow[]> {
  const { rows } = await client.query<
    BlockPlace & { trust: Trust; occurred_at: string; identifiers: string[]; assignment_version: string }
  >({
    text: `select key, block, place, trust, occurred_at, identifiers, assignment_version from identity.touchpoint
           where primary_identifier = $1 and (occurred_at, key) > ($2::timestamptz, $3::uuid) ${page.filter}
           order by occurred_at, key limit $4`,
    values: [
      page.identifier,
      page.cursor?.at ?? '-infinity',
      page.cursor?.id ?? '00000000-0000-0000-0000-000000000000',
      page.limit,
    ],
    types: isoTimestamps,
  });
  const read = await readAccepted(client, rows);
  return read.map(({ row, accepted }) => ({
    key: row.key,
    trust: row.trust,
    occurredAt: row.occurred_at,
    identifiers: row.identifiers,
    assignmentVersion: Number(row.assignment_version),
    accepted,
  }));
}

export async function reassignTouchpoints(
  client: PoolClient,
  moves: readonly { key: string; primary: string; assignmentVersion: number }[],
): Promise<void> {
  if (moves.length === 0) return;
  await client.query({
    text: `update identity.touchpoint t set primary_identifier = m.identifier, assignment_version = m.version
           from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as m (key, identifier, version) where t.key = m.key`,
    values: [
      moves.map(({ key }) => key),
      moves.map(({ primary }) => primary),
      moves.map(({ assignmentVersion }) => assignmentVersion),
    ],
  });
}

export interface TouchpointBounds {
  firstTouchpointAt: string | null;
  lastTouchpointAt: string | null;
}

/** From both ends of `touchpoint_timeline`, whatever lies between them. */
export async function loadTouchpointBounds(
  client: PoolClient,
  identifier: string,
): Promise<TouchpointBounds> {
  const ofIdentifier = 'select occurred_at from identity.touchpoint where primary_identifier = $1 order by';
  const { rows } = await client.query<{ first: string | null; last: string | null }>({
    text: `select (${ofIdentifier} occurred_at, key limit 1) as first,
             (${ofIdentifier} occurred_at desc, key desc limit 1) as last`,
    values: [identifier],
    types: isoTimestamps,
  });
  return { firstTouchpointAt: rows[0]?.first ?? null, lastTouchpointAt: rows[0]?.last ?? null };
}
