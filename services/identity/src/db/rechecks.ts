/**
 * The queue of rechecks: rows only, so that adding one never waits for the worker that is busy with another. Rechecks take
 * turns page by page, and one that fails waits apart, so none holds the others back.
 */
import type { PoolClient } from 'pg';
import type { Recheck } from '../core/resolve.ts';
import { isoTimestamps } from './iso-timestamps.ts';
import type { TimelinePosition } from './find-timeline-positions.ts';

/** `traits` and `bounds`: reads again what of an identifier's touchpoints, or of what is attached to it, was left. */
export type RecheckKind = Recheck['kind'] | 'traits' | 'bounds';

export interface RecheckCursor {
  /** Null where pages are in the order of ids alone. */
  at: string | null;
  id: string;
}

export interface StoredRecheck {
  id: number;
  /** The first of the rechecks that this one follows from; its own id when it follows from none. */
  origin: number;
  identifier: string;
  kind: RecheckKind;
  /** Null before the first page. */
  cursor: RecheckCursor | null;
  traitsLeft: boolean;
}

/** What a page leaves to do. */
export interface RecheckProgress {
  /** Null after the last page. */
  next: RecheckCursor | null;
  traitsLeft: boolean;
}

const longestRetrySeconds = 60;
/** Enough to say that there are many. */
export const maxCounted = 10_000;

/** @param origin of the recheck that is being worked off, null for others */
export async function insertRechecks(
  client: PoolClient,
  rechecks: readonly { identifier: string; kind: RecheckKind }[],
  origin: number | null,
  delaySeconds = 0,
): Promise<void> {
  if (rechecks.length === 0) return;
  await client.query({
    name: 'insert-rechecks',
    text: `insert into identity.recheck (identifier, kind, origin, retry_at)
           select identifier, kind, $3, case when $4 = 0 then '-infinity' else now() + make_interval(secs => $4) end
           from unnest($1::uuid[], $2::text[]) as t (identifier, kind)`,
    values: [
      rechecks.map(({ identifier }) => identifier),
      rechecks.map(({ kind }) => kind),
      origin,
      delaySeconds,
    ],
  });
}

/** The next in turn that no other process is working on, locked. */
export async function takeRecheck(client: PoolClient): Promise<StoredRecheck | null> {
  const { rows } = await client.query<{
    id: string;
    origin: string | null;
    identifier: string;
    kind: RecheckKind;
    cursor_at: string | null;
    cursor_id: string | null;
    traits_left: boolean;
  }>({
    text: `select id, origin, identifier, kind, cursor_at, cursor_id, traits_left from identity.recheck
           where retry_at <= now() order by turn limit 1 for update skip locked`,
    types: isoTimestamps,
  });
  const row = rows[0];
  if (row === undefined) return null;
  return {
    id: Number(row.id),
    origin: Number(row.origin ?? row.id),
    identifier: row.identifier,
    kind: row.kind,
    cursor: row.cursor_id === null ? null : { at: row.cursor_at, id: row.cursor_id },
    traitsLeft: row.traits_left,
  };
}

export async function advanceRecheck(
  client: PoolClient,
  id: number,
  next: RecheckCursor,
  traitsLeft: boolean,
): Promise<void> {
  await client.query({
    text: `update identity.recheck set cursor_at = $2, cursor_id = $3, traits_left = traits_left or $4,
             turn = nextval('identity.recheck_turn'), failures = 0 where id = $1`,
    values: [id, next.at, next.id, traitsLeft],
  });
}

export async function deleteRecheck(client: PoolClient, id: number): Promise<void> {
  await client.query({ text: 'delete from identity.recheck where id = $1', values: [id] });
}

/** After a failure, so that the others are not held up by it. The wait doubles with each failure in a row. */
export async function postponeRecheck(client: Pick<PoolClient, 'query'>, id: number): Promise<void> {
  await client.query({
    text: `update identity.recheck set failures = failures + 1, turn = nextval('identity.recheck_turn'),
             retry_at = now() + make_interval(secs => least($2, power(2, least(failures, 10)))) where id = $1`,
    values: [id, longestRetrySeconds],
  });
}

/** At most `maxCounted`. */
export async function countRechecks(client: Pick<PoolClient, 'query'>): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::integer as count from (select from identity.recheck limit $1) as counted',
    [maxCounted],
  );
  return rows[0]?.count ?? 0;
}

/** The newest recheck, 0 when there is none. */
export async function findNewestRecheck(client: Pick<PoolClient, 'query'>): Promise<number> {
  const { rows } = await client.query<{ newest: string }>(
    'select coalesce(max(id), 0) as newest from identity.recheck',
  );
  return Number(rows[0]?.newest ?? 0);
}

/** Whether a recheck up to `newest`, or one that follows from such a one, is still to do. */
export async function isRecheckPending(client: Pick<PoolClient, 'query'>, newest: number): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from identity.recheck where coalesce(origin, id) <= $1 limit 1',
    [newest],
  );
  return rowCount !== 0;
}

export function cursorAfter({ occurredAt, key }: TimelinePosition): RecheckCursor {
  return { at: occurredAt, id: key };
}
