/** The members of a profile under which touchpoints of a span of time may lie: the others need not be looked at. */
import type { Pool } from 'pg';
import { profileMembers } from './profile-members.ts';

/** Null when the identifier does not exist. The bounds are inclusive RFC 3339 instants. */
export async function findTimelineMembers(
  pool: Pool,
  identifierId: string,
  span: { from: string; to: string },
): Promise<string[] | null> {
  const { rows } = await pool.query<{ members: string[] | null }>({
    name: 'find-timeline-members',
    text: `${profileMembers}
      select (select array_agg(id) from member where touchpoint_count > 0
        and last_touchpoint_at >= $2::timestamptz and first_touchpoint_at <= $3::timestamptz) as members
      from asked`,
    values: [[identifierId], span.from, span.to],
  });
  const row = rows[0];
  return row === undefined ? null : (row.members ?? []);
}
