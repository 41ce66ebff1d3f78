/**
 * One page of a profile's touchpoints. A profile's history is stored under its identifiers, so a page merges their timelines;
 * a filter is applied while reading, and a page ends after 10,000 rows even if few have passed it.
 */
import type { Pool } from 'pg';
import { findTimelinePositions, type TimelineFilter } from '../db/find-timeline-positions.ts';
import { type BlockPlace, readAccepted } from '../db/find-accepted-touchpoints.ts';
import { shownIdentifier } from '../core/normalization.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import type { PagePosition } from './page-cursor.ts';

export const maxRowsScanned = 10_000;
const filteredStretch = 1_000;

export interface TimelinePage {
  items: TimelineItem[];
  /** Where the next page begins; null at the end. */
  next: PagePosition | null;
}

export interface TimelineItem extends Record<string, unknown> {
  key: string;
  trust: string;
}

export async function readTimeline(
  { pool, ids }: { pool: Pool; ids: Pick<IdentifierIds, 'normalize'> },
  members: readonly string[],
  before: PagePosition,
  filter: TimelineFilter,
  limit: number,
): Promise<TimelinePage> {
  const matched: BlockPlace[] = [];
  const isFiltered = filter.name !== null || filter.channel !== null;
  // One row more than the page says whether there is another page.
  const stretch = isFiltered ? stretchFor(members.length, limit) : limit + 1;
  let position = before;
  let next: PagePosition | null = null;
  const cost = stretch * members.length;
  for (let scanned = cost; scanned > 0; scanned += cost) {
    const rows = await findTimelinePositions(
      pool,
      members,
      { occurredAt: position.at, key: position.id },
      filter,
      stretch,
    );
    next = null;
    for (const row of rows) {
      if (matched.length === limit) {
        next = position;
        break;
      }
      position = { at: row.occurredAt, id: row.key };
      if (row.matches) matched.push(row);
    }
    if (next !== null || rows.length < stretch) break;
    next = position;
    if (matched.length === limit || scanned + cost > maxRowsScanned) break;
  }
  const read = await readAccepted(pool, matched);
  const items = read.map(({ row, accepted }) => ({
    ...accepted.touchpoint,
    identifiers: accepted.touchpoint.identifiers.map((one) => shownIdentifier(one, ids.normalize)),
    key: row.key,
    trust: accepted.trust,
  }));
  return { items, next };
}

/** A stretch reads up to its length from each member: with many members it is shorter. */
function stretchFor(members: number, limit: number): number {
  return Math.max(limit + 1, Math.min(filteredStretch, Math.floor(maxRowsScanned / Math.max(1, members))));
}
