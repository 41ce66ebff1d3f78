/** What the reasons of a history are: a touchpoint, a decision, or an identifier that became shared. */
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface HistoryReasons {
  /** By key. */
  touchpoints: Map<string, { source: string; id: string; name: string | null; occurredAt: string }>;
  /** By id. */
  decisions: Map<string, { id: string; kind: 'merge' | 'split'; note: string }>;
}

export async function findHistoryReasons(
  client: PoolClient,
  ids: readonly string[],
): Promise<HistoryReasons> {
  const distinct = [...new Set(ids)];
  const touchpoints = await client.query<{
    key: string;
    source: string;
    id: string;
    name: string | null;
    occurred_at: string;
  }>({
    name: 'find-history-touchpoints',
    text: `select key, source, id, name, occurred_at from identity.touchpoint
           where key = any($1::uuid[]) and block is not null`,
    values: [distinct],
    types: isoTimestamps,
  });
  const decisions = await client.query<{ id: string; kind: 'merge' | 'split'; note: string }>({
    name: 'find-history-reason-decisions',
    text: 'select id, kind, note from identity.decision where id = any($1::uuid[])',
    values: [distinct],
  });
  return {
    touchpoints: new Map(
      touchpoints.rows.map(({ key, source, id, name, occurred_at }) => [
        key,
        { source, id, name, occurredAt: occurred_at },
      ]),
    ),
    decisions: new Map(decisions.rows.map((row) => [row.id, row])),
  };
}
