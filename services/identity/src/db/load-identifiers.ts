/** Identifiers by id or by parent, locked in id order: the lock that keeps two resolutions off one component. */
import type { IdentifierType } from '@throughline/contracts';
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { IdentifierState } from '../core/identifier-state.ts';
import { isoTimestamps } from './iso-timestamps.ts';

const columns = `id, type, original, blocked, first_server_at, first_public_at, first_seen_at, last_seen_at, touchpoint_count,
  first_touchpoint_at, last_touchpoint_at, known, linked, degrees, parent, root, profile, bound_stage, version, published, vouched`;

interface Row {
  id: string;
  type: IdentifierType;
  original: string | null;
  blocked: boolean;
  first_server_at: string | null;
  first_public_at: string | null;
  first_seen_at: string | null;
  last_seen_at: string | null;
  touchpoint_count: number;
  first_touchpoint_at: string | null;
  last_touchpoint_at: string | null;
  known: boolean;
  linked: boolean;
  degrees: IdentifierState['degrees'] | null;
  parent: string | null;
  root: string;
  profile: string;
  bound_stage: number;
  /** int8, which comes as text here. */
  version: string;
  published: boolean;
  vouched: boolean;
}

/**
 * `first`: the first lock of a transaction waits, in id order. Later ones do not: they may be out of order, and waiting out
 * of order is how two batches deadlock; they fail with 55P03, and the batch runs again with all its locks known.
 */
export type LockMode = 'wait' | 'nowait' | 'none';

const lockClause: Record<LockMode, string> = {
  wait: 'for no key update',
  nowait: 'for no key update nowait',
  none: '',
};

export async function loadIdentifiers(
  client: PoolClient,
  ids: readonly string[],
  lock: LockMode,
): Promise<IdentifierState[]> {
  const { rows } = await client.query<Row>({
    name: `load-identifiers-${lock}`,
    text: `select ${columns} from identity.identifier where id = any($1::uuid[]) order by id ${lockClause[lock]}`,
    values: [uuidArray(ids)],
    types: isoTimestamps,
  });
  return rows.map(toState);
}

/** Some of those whose parent is one of these, at most `limit`. */
export async function loadChildren(
  client: PoolClient,
  parents: readonly string[],
  { limit, lock }: { limit: number; lock: LockMode },
): Promise<IdentifierState[]> {
  const { rows } = await client.query<Row>({
    name: 'load-children',
    text: `select ${columns} from identity.identifier where id in (
             select child.id from unnest($1::uuid[]) as p (id)
             cross join lateral (select id from identity.identifier where parent = p.id order by id limit $2) child limit $2)
           order by id ${lockClause[lock]}`,
    values: [uuidArray(parents), limit],
    types: isoTimestamps,
  });
  return rows.map(toState);
}

/** Attached identifiers that a split in force names and that are linked to one of these. */
export async function loadNamedBySplits(
  client: PoolClient,
  stronger: readonly string[],
  lock: LockMode,
): Promise<IdentifierState[]> {
  const { rows } = await client.query<Row>({
    name: 'load-named-by-splits',
    text: `select ${columns} from identity.identifier where id in (
             select named.identifier from identity.decision_identifier named
             join identity.decision d on d.id = named.decision_id and d.kind = 'split' and d.withdrawn_at is null
             join identity.link l on l.weaker = named.identifier and not l.person and l.stronger = any($1::uuid[]))
           order by id ${lockClause[lock]}`,
    values: [uuidArray(stronger)],
    types: isoTimestamps,
  });
  return rows.map(toState);
}

function toState(row: Row): IdentifierState {
  return {
    id: row.id,
    type: row.type,
    original: row.original,
    blocked: row.blocked,
    firstServerAt: row.first_server_at,
    firstPublicAt: row.first_public_at,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    touchpointCount: row.touchpoint_count,
    firstTouchpointAt: row.first_touchpoint_at,
    lastTouchpointAt: row.last_touchpoint_at,
    known: row.known,
    degrees: row.degrees ?? {},
    linked: row.linked,
    parent: row.parent,
    root: row.root,
    profile: row.profile,
    boundStage: row.bound_stage,
    version: Number(row.version),
    published: row.published,
    vouched: row.vouched,
  };
}
