/** One decision, withdrawn or not. */
import type { Pool } from 'pg';
import { type DecisionRow, type FoundDecision, toFoundDecision } from './find-decisions.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export async function findDecision(pool: Pool, id: string): Promise<FoundDecision | null> {
  const { rows } = await pool.query<DecisionRow>({
    name: 'find-decision',
    text: 'select id, kind, made_at, note, sides, withdrawn_at from identity.decision where id = $1',
    values: [id],
    types: isoTimestamps,
  });
  return rows[0] === undefined ? null : toFoundDecision(rows[0]);
}
