/** Decisions and the identifiers that each names. */
import type { PoolClient } from 'pg';
import type { Decision } from '../core/decision.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export async function insertDecision(client: PoolClient, decision: Decision, note: string): Promise<void> {
  await client.query(
    'insert into identity.decision (id, kind, made_at, note, sides) values ($1, $2, $3, $4, $5)',
    [decision.id, decision.kind, decision.madeAt, note, JSON.stringify(decision.sides)],
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

export async function markWithdrawn(client: PoolClient, id: string, at: string): Promise<void> {
  await client.query('update identity.decision set withdrawn_at = $2 where id = $1', [id, at]);
}
