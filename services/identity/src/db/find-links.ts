/** Direct links with their ends and the first evidence of each level. */
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FoundLink {
  weaker: LinkEnd;
  stronger: LinkEnd;
  /** The weaker end is attached to the stronger one. */
  isParent: boolean;
  /** A server's alias call named both. */
  alias: boolean;
  /** Public 1, verified 2, server 3: the strongest level that either end is shared at, 0 for none. */
  sharedLevel: number;
  evidence: { server: Evidence | null; verified: Evidence | null; public: Evidence | null };
}

interface LinkEnd {
  id: string;
  type: string;
  value: string;
  /** As it was sent first, where that differs. */
  original?: string;
}

interface Evidence {
  at: string;
  source: string;
  touchpoint: string;
}

interface Row {
  weaker: LinkEnd;
  stronger: LinkEnd;
  is_parent: boolean;
  alias: boolean;
  shared_level: number;
  server_at: string | null;
  server_source: string;
  server_touchpoint: string;
  verified_at: string | null;
  verified_source: string;
  verified_touchpoint: string;
  public_at: string | null;
  public_source: string;
  public_touchpoint: string;
}

const end = (alias: string): string =>
  `json_strip_nulls(json_build_object('id', ${alias}.id, 'type', ${alias}.type, 'value', ${alias}.value,
    'original', ${alias}.original))`;

/** In the order of the pairs. */
export async function findLinks(
  client: PoolClient,
  pairs: readonly { weaker: string; stronger: string }[],
): Promise<FoundLink[]> {
  if (pairs.length === 0) return [];
  const { rows } = await client.query<Row>({
    name: 'find-links',
    text: `select ${end('w')} as weaker, ${end('s')} as stronger, coalesce(w.parent = s.id, false) as is_parent, l.alias,
             greatest(w.shared_level, s.shared_level) as shared_level,
             l.server_at, l.server_source, l.server_touchpoint,
             l.verified_at, l.verified_source, l.verified_touchpoint,
             l.public_at, l.public_source, l.public_touchpoint
           from unnest($1::uuid[], $2::uuid[]) with ordinality as page (weaker, stronger, place)
           join identity.link l on l.weaker = page.weaker and l.stronger = page.stronger
           join identity.identifier w on w.id = l.weaker
           join identity.identifier s on s.id = l.stronger
           order by page.place`,
    values: [pairs.map(({ weaker }) => weaker), pairs.map(({ stronger }) => stronger)],
    types: isoTimestamps,
  });
  return rows.map((row) => ({
    weaker: row.weaker,
    stronger: row.stronger,
    isParent: row.is_parent,
    alias: row.alias,
    sharedLevel: row.shared_level,
    evidence: {
      server: evidenceOf(row.server_at, row.server_source, row.server_touchpoint),
      verified: evidenceOf(row.verified_at, row.verified_source, row.verified_touchpoint),
      public: evidenceOf(row.public_at, row.public_source, row.public_touchpoint),
    },
  }));
}

function evidenceOf(at: string | null, source: string, touchpoint: string): Evidence | null {
  return at === null ? null : { at, source, touchpoint };
}
