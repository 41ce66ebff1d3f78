/** Where touchpoints ended up: the identifier they belong to, and the profile that holds it now. */
import type { Pool } from 'pg';
import { type BlockPlace, readAccepted } from './find-accepted-touchpoints.ts';

export interface TracedTouchpoint {
  key: string;
  source: string;
  receivedAt: string;
  requestId: string;
  bodyHash: string;
  assignmentVersion: number;
  /** With how it was sent first, where that differs. */
  identifier: { id: string; type: string; value: string; original: string | null };
  profile: string;
  /** All that it names. */
  identifiers: string[];
}

interface Row extends BlockPlace {
  source: string;
  body_hash: string;
  /** int8, which comes as text here. */
  assignment_version: string;
  identifier: string;
  type: string;
  value: string;
  original: string | null;
  profile: string;
  identifiers: string[];
}

export async function findTracedTouchpoints(
  pool: Pool,
  keys: readonly string[],
): Promise<TracedTouchpoint[]> {
  if (keys.length === 0) return [];
  const { rows } = await pool.query<Row>({
    name: 'find-traced-touchpoints',
    text: `select t.key, t.block, t.place, t.source, t.body_hash, t.assignment_version,
             i.id as identifier, i.type, i.value, i.original, root.profile, t.identifiers
           from identity.touchpoint t
           join identity.identifier i on i.id = t.primary_identifier
           join identity.identifier root on root.id = i.root
           where t.key = any($1::uuid[])
           order by t.source collate "C"`,
    values: [keys],
  });
  const read = await readAccepted(pool, rows);
  return read.map(({ row, accepted }) => ({
    key: row.key,
    source: row.source,
    receivedAt: accepted.touchpoint.receivedAt,
    requestId: accepted.requestId,
    bodyHash: row.body_hash,
    assignmentVersion: Number(row.assignment_version),
    identifier: { id: row.identifier, type: row.type, value: row.value, original: row.original },
    profile: row.profile,
    identifiers: row.identifiers,
  }));
}
