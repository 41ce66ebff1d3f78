/**
 * Identifiers attached to the roots of profiles that have touchpoints of their own: of each profile at most `limit`, those
 * whose first touchpoint is the latest before an instant.
 */
import type { PoolClient } from 'pg';

export interface AttachedWithTouchpoints {
  profile: string;
  id: string;
  /** Whether its touchpoints reach into the span. */
  is_in_span: boolean;
}

export async function findAttachedWithTouchpoints(
  client: PoolClient,
  roots: readonly { profile: string; id: string }[],
  span: { from: string; to: string },
  limit: number,
): Promise<AttachedWithTouchpoints[]> {
  if (roots.length === 0) return [];
  const { rows } = await client.query<AttachedWithTouchpoints>({
    name: 'find-attached-with-touchpoints',
    text: `select p.id as profile, i.* from unnest($1::uuid[]) as p (id)
           cross join lateral (
             select a.id, a.last_touchpoint_at >= $4::timestamptz as is_in_span
             from unnest($2::uuid[], $3::uuid[]) as r (profile, id)
             cross join lateral (
               select id, first_touchpoint_at, last_touchpoint_at from identity.identifier
               where root = r.id and root <> identifier.id and first_touchpoint_at is not null
                 and first_touchpoint_at <= $5::timestamptz
               order by first_touchpoint_at desc, identifier.id desc limit $6
             ) as a
             where r.profile = p.id
             order by a.first_touchpoint_at desc, a.id desc limit $6
           ) as i`,
    values: [
      [...new Set(roots.map(({ profile }) => profile))],
      roots.map(({ profile }) => profile),
      roots.map(({ id }) => id),
      span.from,
      span.to,
      limit,
    ],
  });
  return rows;
}
