/** All that is stored of identifiers themselves, for an export. */
import { uuidArray } from '@throughline/postgres';
import type { Pool } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface ExportedIdentifier {
  id: string;
  type: string;
  value: string;
  /** As it was sent first, where that differs. */
  original: string | null;
  firstSeenAt: string | null;
  lastSeenAt: string | null;
  touchpointCount: number;
  /** What it is attached to; null for a person identifier and for one that is attached to nothing. */
  attachedTo: string | null;
  blocked: boolean;
  /** It has met too many others to belong to one person. */
  shared: boolean;
}

interface Row {
  id: string;
  type: string;
  value: string;
  original: string | null;
  first_seen_at: string | null;
  last_seen_at: string | null;
  touchpoint_count: number;
  parent: string | null;
  blocked: boolean;
  shared: boolean;
}

/** In the order of the ids. */
export async function findExportedIdentifiers(
  pool: Pool,
  ids: readonly string[],
): Promise<ExportedIdentifier[]> {
  const { rows } = await pool.query<Row>({
    name: 'find-exported-identifiers',
    text: `select i.id, i.type, i.value, i.original, i.first_seen_at, i.last_seen_at, i.touchpoint_count, i.parent, i.blocked,
             i.shared_level > 0 as shared
           from unnest($1::uuid[]) with ordinality as page (id, place)
           join identity.identifier i on i.id = page.id order by page.place`,
    values: [uuidArray(ids)],
    types: isoTimestamps,
  });
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    value: row.value,
    original: row.original,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    touchpointCount: row.touchpoint_count,
    attachedTo: row.parent,
    blocked: row.blocked,
    shared: row.shared,
  }));
}
