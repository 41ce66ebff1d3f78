/** The members of a profile under which touchpoints of a span of time may lie: the others need not be looked at. */
import type { Pool, PoolClient } from 'pg';
import { findAttachedWithTouchpoints } from './find-attached-with-touchpoints.ts';
import { findHolder } from './find-profile-roots.ts';
import { inSnapshot } from './in-snapshot.ts';

/** Attached identifiers of a page: a profile may have a hundred thousand with touchpoints of their own. */
export const maxTimelineAttached = 1_000;

export interface TimelineMembers {
  members: string[];
  /** More identifiers have touchpoints before the end of the span: those that began last are read. */
  truncated: boolean;
}

/** Null when the identifier does not exist. The bounds are inclusive RFC 3339 instants. */
export async function findTimelineMembers(
  pool: Pool,
  identifierId: string,
  span: { from: string; to: string },
): Promise<TimelineMembers | null> {
  const opening = (client: PoolClient) => findHolder(client, identifierId);
  return await inSnapshot(
    pool,
    async (client, holder) => {
      if (holder === null) return null;
      const { roots } = holder;
      const attached = await findAttachedWithTouchpoints(
        client,
        roots.filter(({ carriers, transactions }) => carriers + transactions > 0),
        span,
        maxTimelineAttached + 1,
      );
      const own = roots.filter(
        ({ first_touchpoint_at: first, last_touchpoint_at: last }) =>
          first !== null && last !== null && first <= span.to && last >= span.from,
      );
      const read = attached.slice(0, maxTimelineAttached).filter(({ is_in_span }) => is_in_span);
      return {
        members: [...own, ...read].map(({ id }) => id),
        truncated: attached.length > maxTimelineAttached,
      };
    },
    { opening },
  );
}
