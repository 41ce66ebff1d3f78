/** Touchpoints that move from one identifier to another, and the folds of both, read anew from what each is left with. */
import type { Trust } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface StoredTouchpointRow {
  key: string;
  trust: Trust;
  occurredAt: string;
  identifiers: string[];
  assignmentVersion: number;
  requestId: string;
  body: string;
}

/** A page of the touchpoints under an identifier, after `cursor`. */
export async function loadTouchpointsUnder(
  client: PoolClient,
  identifier: string,
  cursor: string | null,
  limit: number,
): Promise<StoredTouchpointRow[]> {
  const { rows } = await client.query<{
    key: string;
    trust: Trust;
    occurred_at: string;
    identifiers: string[];
    assignment_version: string;
    request_id: string;
    body: string;
  }>({
    text: `select key, trust, occurred_at, identifiers, assignment_version, request_id, body from identity.touchpoint
           where primary_identifier = $1 and ($2::uuid is null or key > $2) order by key limit $3`,
    values: [identifier, cursor, limit],
    types: isoTimestamps,
  });
  return rows.map((row) => ({
    key: row.key,
    trust: row.trust,
    occurredAt: row.occurred_at,
    identifiers: row.identifiers,
    assignmentVersion: Number(row.assignment_version),
    requestId: row.request_id,
    body: row.body,
  }));
}

export async function reassignTouchpoints(
  client: PoolClient,
  moves: readonly { key: string; primary: string; assignmentVersion: number }[],
): Promise<void> {
  if (moves.length === 0) return;
  await client.query({
    text: `update identity.touchpoint t set primary_identifier = m.identifier, assignment_version = m.version
           from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as m (key, identifier, version) where t.key = m.key`,
    values: [
      moves.map(({ key }) => key),
      moves.map(({ primary }) => primary),
      moves.map(({ assignmentVersion }) => assignmentVersion),
    ],
  });
}

/** @param identifiers those that touchpoints left or came to; locked */
export async function refoldIdentifiers(client: PoolClient, identifiers: readonly string[]): Promise<void> {
  await client.query({
    text: `update identity.identifier i set
             first_touchpoint_at = (select min(occurred_at) from identity.touchpoint where primary_identifier = i.id),
             last_touchpoint_at = (select max(occurred_at) from identity.touchpoint where primary_identifier = i.id)
           where i.id = any($1::uuid[])`,
    values: [identifiers],
  });
  await client.query({
    text: 'delete from identity.trait where identifier = any($1::uuid[])',
    values: [identifiers],
  });
  await client.query({
    text: `insert into identity.trait (identifier, name, value, trust, at, source, touchpoint_id)
           select distinct on (t.primary_identifier, e.key collate "C")
             t.primary_identifier, e.key, e.value::text, t.trust, t.occurred_at, t.source, t.id
           from identity.touchpoint t cross join lateral jsonb_each(t.body::jsonb -> 'traits') e
           where t.primary_identifier = any($1::uuid[]) and t.has_traits
           order by t.primary_identifier, e.key collate "C", t.trust collate "C" desc, t.occurred_at desc,
             t.source collate "C" desc, t.id collate "C" desc`,
    values: [identifiers],
  });
}
