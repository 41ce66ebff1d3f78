/**
 * Where touchpoints that name the extent of an erasure lie: under its identifiers, under those linked to them or named together
 * with them in withdrawn evidence, under blocked ones.
 */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { zeroId } from './find-members.ts';
import { isoTimestamps } from './iso-timestamps.ts';
import type { RecheckCursor } from './rechecks.ts';

/**
 * A touchpoint that names an identifier belongs to it, to another one of its own, to which it is linked then unless the evidence is
 * withdrawn, or to a blocked one, which has no links. The last only where all its others are shared, so only for a shared one the
 * blocked ones are looked through.
 * @param identifiers of the extent, locked: what is linked to them later has met the erasure
 */
export async function saveTimelines(
  client: PoolClient,
  erasure: string,
  identifiers: readonly string[],
): Promise<void> {
  await client.query({
    text: `insert into identity.erasure_timeline (erasure, identifier)
           select $1, id from (
             select unnest($2::uuid[]) as id
             union
             select l.stronger from unnest($2::uuid[]) as e (id) join identity.link l on l.weaker = e.id
             union
             select l.weaker from unnest($2::uuid[]) as e (id) join identity.link l on l.stronger = e.id
             union
             select w.other from unnest($2::uuid[]) as e (id) join identity.withdrawn_pair w on w.identifier = e.id
             union
             select b.id from identity.identifier b where b.blocked and b.touchpoint_count > 0
               and exists (select from identity.identifier e where e.id = any($2::uuid[]) and e.shared_level > 0)
           ) as around order by id
           on conflict do nothing`,
    values: [erasure, uuidArray(identifiers)],
  });
}

export interface ErasureTimeline {
  identifier: string;
  cursor: RecheckCursor | null;
}

export async function loadTimeline(client: PoolClient, erasure: string): Promise<ErasureTimeline | null> {
  const { rows } = await client.query<{
    identifier: string;
    cursor_at: string | null;
    cursor_key: string | null;
  }>({
    text: `select identifier, cursor_at, cursor_key from identity.erasure_timeline
           where erasure = $1 order by identifier limit 1`,
    values: [erasure],
    types: isoTimestamps,
  });
  const [row] = rows;
  if (row === undefined) return null;
  const cursor = row.cursor_key === null ? null : { at: row.cursor_at, id: row.cursor_key };
  return { identifier: row.identifier, cursor };
}

/** @param next null after the last page */
export async function advanceTimeline(
  client: PoolClient,
  erasure: string,
  identifier: string,
  next: RecheckCursor | null,
): Promise<void> {
  if (next === null) {
    await client.query('delete from identity.erasure_timeline where erasure = $1 and identifier = $2', [
      erasure,
      identifier,
    ]);
    return;
  }
  await client.query(
    `update identity.erasure_timeline set cursor_at = $3, cursor_key = $4 where erasure = $1 and identifier = $2`,
    [erasure, identifier, next.at, next.id],
  );
}

export interface ErasableRow {
  key: string;
  block: string;
  place: number;
  occurredAt: string;
  identifiers: string[];
  /** All that it came with, where that is more. */
  counted: string[] | null;
  assignmentVersion: number;
  /** Whether it came with an identifier of the extent. */
  namesExtent: boolean;
}

/** The next touchpoints under an identifier, in the order of `touchpoint_timeline`. */
export async function loadErasableRows(
  client: PoolClient,
  erasure: string,
  { identifier, cursor }: ErasureTimeline,
  limit: number,
): Promise<ErasableRow[]> {
  const { rows } = await client.query<
    Omit<ErasableRow, 'occurredAt' | 'assignmentVersion' | 'namesExtent'> & {
      occurred_at: string;
      assignment_version: string;
      names_extent: boolean;
    }
  >({
    text: `select t.key, t.block, t.place, t.occurred_at, t.identifiers, t.counted, t.assignment_version,
             exists (
               select from identity.erasure_identifier e
               where e.identifier = any(coalesce(t.counted, t.identifiers)) and e.erasure = $1 and e.in_extent
             ) as names_extent
           from identity.touchpoint t
           where t.primary_identifier = $2 and (t.occurred_at, t.key) > ($3::timestamptz, $4::uuid)
           order by t.occurred_at, t.key limit $5`,
    values: [erasure, identifier, cursor?.at ?? '-infinity', cursor?.id ?? zeroId, limit],
    types: isoTimestamps,
  });
  return rows.map(({ occurred_at, assignment_version, names_extent, ...row }) => ({
    ...row,
    occurredAt: occurred_at,
    assignmentVersion: Number(assignment_version),
    namesExtent: names_extent,
  }));
}

/**
 * Touchpoints that move to another identifier while an erasure that concerns them is running, by a recheck: it may have been looked
 * through already, so it is looked through again.
 */
export async function requeueTimelines(
  client: PoolClient,
  moved: readonly { key: string; primary: string }[],
): Promise<void> {
  if (moved.length === 0) return;
  const { rows } = await client.query<{ erasure: string }>({
    text: `insert into identity.erasure_timeline (erasure, identifier)
           select distinct i.erasure, m.identifier
           from unnest($1::uuid[], $2::uuid[]) as m (key, identifier)
           join identity.touchpoint t on t.key = m.key
           join identity.erasure_identifier i on i.identifier = any(coalesce(t.counted, t.identifiers)) and i.in_extent
           join identity.erasure e on e.id = i.erasure and e.step <> 'done'
           order by i.erasure, m.identifier
           on conflict (erasure, identifier) do update set cursor_at = null, cursor_key = null
           returning erasure`,
    values: [uuidArray(moved.map(({ key }) => key)), uuidArray(moved.map(({ primary }) => primary))],
  });
  if (rows.length === 0) return;
  await client.query({
    text: `update identity.erasure set step = 'touchpoints', cursor_id = null
           where id = any($1::uuid[]) and step in ('evidence', 'copies', 'history')`,
    values: [uuidArray([...new Set(rows.map(({ erasure }) => erasure))])],
  });
}
