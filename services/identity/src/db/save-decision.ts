/** Decisions and the identifiers that each names. */
import type { PoolClient } from 'pg';
import type { Decision } from '../core/decision.ts';
import { isoTimestamps } from './iso-timestamps.ts';

/** Which key, and which person if it says so. */
export interface DecidedBy {
  key: string;
  author: string | null;
}

export async function insertDecision(
  client: PoolClient,
  decision: Decision,
  { note, by }: { note: string; by: DecidedBy },
): Promise<void> {
  const { id, kind, madeAt, sides } = decision;
  await client.query(
    `insert into identity.decision (id, kind, made_at, note, sides, made_sides, made_with, author)
     values ($1, $2, $3, $4, $5, $5, $6, $7)`,
    [id, kind, madeAt, note, JSON.stringify(sides), by.key, by.author],
  );
  await client.query(
    `insert into identity.decision_identifier (identifier, decision_id)
     select distinct id, $2::uuid from unnest($1::uuid[]) as named (id)`,
    [decision.sides.flat(), decision.id],
  );
}

export async function lockDecision(
  client: PoolClient,
  id: string,
): Promise<(Decision & { withdrawn: boolean }) | null> {
  const { rows } = await client.query<{
    id: string;
    kind: Decision['kind'];
    made_at: string;
    sides: string[][];
    withdrawn: boolean;
  }>({
    text: `select id, kind, made_at, sides, withdrawn_at is not null as withdrawn
           from identity.decision where id = $1 for update`,
    values: [id],
    types: isoTimestamps,
  });
  const row = rows[0];
  if (row === undefined) return null;
  return { id: row.id, kind: row.kind, madeAt: row.made_at, sides: row.sides, withdrawn: row.withdrawn };
}

export async function markWithdrawn(
  client: PoolClient,
  id: string,
  { at, by }: { at: string; by: DecidedBy },
): Promise<void> {
  await client.query(
    `update identity.decision set withdrawn_at = $2, withdrawn_with = $3, withdrawn_author = $4 where id = $1`,
    [id, at, by.key, by.author],
  );
}
