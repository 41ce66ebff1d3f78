/**
 * The history of a profile, newest first: changes of what its roots hold and are held by, and the decisions that name them.
 * Every root reads its own indexes from the position on, so a page costs the same however long the history is.
 */
import type { PoolClient } from 'pg';
import type { ChangeKind } from '../core/membership-changes.ts';
import { isoTimestamps } from './iso-timestamps.ts';

/** Microseconds since 1970, and what distinguishes entries of one moment. */
export interface HistoryPosition {
  version: string;
  id: string;
}

export type HistoryEntry = HistoryPosition & { at: string } & (
    | {
        kind: 'membership';
        change: ChangeKind;
        cause: string;
        /** Null of a new identifier. */
        former: string | null;
        holder: string;
        /** A touchpoint's key, a decision or a shared identifier. */
        reason: string | null;
      }
    | { kind: 'decision'; change: 'decided' | 'withdrawn' }
  );

/** Entries before the position. */
export async function findHistory(
  client: PoolClient,
  roots: readonly string[],
  before: HistoryPosition,
  limit: number,
): Promise<HistoryEntry[]> {
  const entries = [
    ...(await findChanges(client, roots, before, limit)),
    ...(await findDecided(client, roots, before, limit)),
  ];
  return entries.toSorted(compareNewestFirst).slice(0, limit);
}

const changesOf = (condition: string): string =>
  `(select * from identity.membership_change where ${condition} and (version, identifier) < ($2::bigint, $3::uuid)
    order by version desc, identifier desc limit $4)`;

async function findChanges(
  client: PoolClient,
  roots: readonly string[],
  before: HistoryPosition,
  limit: number,
): Promise<HistoryEntry[]> {
  const { rows } = await client.query<{
    identifier: string;
    version: string;
    at: string;
    change: ChangeKind;
    cause: string;
    former: string | null;
    holder: string;
    reason: string | null;
  }>({
    name: 'find-history-changes',
    text: `select distinct on (c.version, c.identifier) c.* from unnest($1::uuid[]) as r (id)
           cross join lateral (
             ${changesOf('identifier = r.id')}
             union all ${changesOf("holder = r.id and change in ('joined', 'moved', 'attached')")}
             union all ${changesOf('former = r.id')}
           ) as c
           order by c.version desc, c.identifier desc limit $4`,
    values: [roots, before.version, before.id, limit],
    types: isoTimestamps,
  });
  return rows.map(({ identifier, ...row }) => ({ kind: 'membership', id: identifier, ...row }));
}

async function findDecided(
  client: PoolClient,
  roots: readonly string[],
  before: HistoryPosition,
  limit: number,
): Promise<HistoryEntry[]> {
  const { rows } = await client.query<{
    id: string;
    version: string;
    at: string;
    change: 'decided' | 'withdrawn';
  }>({
    name: 'find-history-decisions',
    text: `select id, version, at, change from (
             select d.id, e.at, e.change, (extract(epoch from e.at) * 1000000)::bigint as version
             from identity.decision d
             cross join lateral (values (d.made_at, 'decided'), (d.withdrawn_at, 'withdrawn')) as e (at, change)
             where e.at is not null
               and d.id in (select decision_id from identity.decision_identifier where identifier = any($1::uuid[]))
           ) as entry
           where (version, id) < ($2::bigint, $3::uuid) order by version desc, id desc limit $4`,
    values: [roots, before.version, before.id, limit],
    types: isoTimestamps,
  });
  return rows.map((row) => ({ kind: 'decision', ...row }));
}

function compareNewestFirst(left: HistoryPosition, right: HistoryPosition): number {
  const [one, other] = [BigInt(left.version), BigInt(right.version)];
  if (one !== other) return one > other ? -1 : 1;
  return left.id > right.id ? -1 : 1;
}
