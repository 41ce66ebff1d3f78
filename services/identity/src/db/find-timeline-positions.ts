/**
 * The next stretch of several identifiers' touchpoints, newest first, merged: where each lies and whether it passes the
 * filter. Bodies are read afterwards, of those that are answered only.
 *
 * Each member has a limited select of its own, which reads `touchpoint_timeline` backwards, and Postgres merges them without reading
 * any further than the stretch: 128 members with a page of 50 take 431 pages of the index, where a lateral join with a list of
 * members read 50 rows of each, 6,601 pages. Citus runs the selects one by one and joins their results; it refuses the lateral join,
 * because a limit inside of it would have to be applied to all shards for each member.
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

/** More members are read by several statements: the text of one, and the time to plan it, grow with them. */
const maxMembersOfStatement = 128;

export async function findTimelinePositions(
  pool: Pool,
  members: readonly string[],
  before: TimelinePosition,
  filter: TimelineFilter,
  count: number,
): Promise<FoundPosition[]> {
  const found: FoundPosition[] = [];
  for (let begin = 0; begin < members.length; begin += maxMembersOfStatement) {
    const some = members.slice(begin, begin + maxMembersOfStatement);
    found.push(...(await findOfSome(pool, some, before, filter, count)));
  }
  return members.length <= maxMembersOfStatement ? found : found.sort(newestFirst).slice(0, count);
}

async function findOfSome(
  pool: Pool,
  members: readonly string[],
  before: TimelinePosition,
  filter: TimelineFilter,
  count: number,
): Promise<FoundPosition[]> {
  // A prepared statement for each power of two; a member that is null has no row.
  const places = 2 ** Math.ceil(Math.log2(members.length));
  const padded = [...members, ...Array.from({ length: places - members.length }, () => null)];
  const { rows } = await pool.query<BlockPlace & { occurred_at: string; matches: boolean }>({
    name: `find-timeline-positions-${places}`,
    text: textOf(places),
    values: [before.occurredAt, before.key, filter.from, filter.name, filter.channel, count, ...padded],
    types: isoTimestamps,
  });
  return rows.map(({ occurred_at, ...row }) => ({ occurredAt: occurred_at, ...row }));
}

function textOf(places: number): string {
  const selects = Array.from(
    { length: places },
    (_, index) => `(select occurred_at, key, block, place,
         ($4::text is null or name is not distinct from $4) and
         ($5::text is null or channel is not distinct from $5) as matches
       from identity.touchpoint
       where primary_identifier = $${index + 7}::uuid
         and (occurred_at, key) < ($1::timestamptz, $2::uuid) and occurred_at >= $3::timestamptz
       order by occurred_at desc, key desc
       limit $6)`,
  );
  return `select occurred_at, key, block, place, matches from (${selects.join(' union all ')}) as t
          order by occurred_at desc, key desc limit $6`;
}

function newestFirst(left: FoundPosition, right: FoundPosition): number {
  if (left.occurredAt !== right.occurredAt) return left.occurredAt < right.occurredAt ? 1 : -1;
  return left.key < right.key ? 1 : left.key > right.key ? -1 : 0;
}
