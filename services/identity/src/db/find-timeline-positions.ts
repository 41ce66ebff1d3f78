/**
 * The next stretch of several identifiers' touchpoints, newest first, merged: where each lies and whether it passes the
 * filter. Bodies are read afterwards, of those that are answered only.
 *
 * Each member's stretch comes from `touchpoint_timeline` backwards and stops at `count` rows, so a stretch costs at most
 * members * count index entries, however long the timelines are.
 */
import type { Pool } from 'pg';
import type { BlockPlace } from './find-accepted-touchpoints.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export interface TimelinePosition {
  occurredAt: string;
  key: string;
}

export interface FoundPosition extends TimelinePosition, BlockPlace {
  matches: boolean;
}

export interface TimelineFilter {
  /** Inclusive. */
  from: string;
  name: string | null;
  channel: string | null;
}

export async function findTimelinePositions(
  pool: Pool,
  members: readonly string[],
  before: TimelinePosition,
  filter: TimelineFilter,
  count: number,
): Promise<FoundPosition[]> {
  const { rows } = await pool.query<BlockPlace & { occurred_at: string; matches: boolean }>({
    name: 'find-timeline-positions',
    text: `select t.occurred_at, t.key, t.block, t.place, t.matches
           from unnest($1::uuid[]) as member (id)
           cross join lateral (
             select occurred_at, key, block, place,
               ($5::text is null or name is not distinct from $5) and
               ($6::text is null or channel is not distinct from $6) as matches
             from identity.touchpoint
             where primary_identifier = member.id
               and (occurred_at, key) < ($2::timestamptz, $3::uuid) and occurred_at >= $4::timestamptz
             order by occurred_at desc, key desc
             limit $7
           ) as t
           order by t.occurred_at desc, t.key desc
           limit $7`,
    values: [members, before.occurredAt, before.key, filter.from, filter.name, filter.channel, count],
    types: isoTimestamps,
  });
  return rows.map(({ occurred_at, ...row }) => ({ occurredAt: occurred_at, ...row }));
}
