/** Operators' decisions, newest first, withdrawn ones too. */
import type { Pool } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export interface FoundDecision {
  id: string;
  kind: 'merge' | 'split';
  madeAt: string;
  note: string;
  /** Identifier ids: of a merge one list, of a split two. */
  sides: string[][];
  withdrawnAt: string | null;
}

export interface DecisionRow {
  id: string;
  kind: 'merge' | 'split';
  made_at: string;
  note: string;
  sides: string[][];
  withdrawn_at: string | null;
}

export async function findDecisions(
  pool: Pool,
  before: { madeAt: string; id: string },
  limit: number,
): Promise<FoundDecision[]> {
  const { rows } = await pool.query<DecisionRow>({
    name: 'find-decisions',
    text: `select id, kind, made_at, note, sides, withdrawn_at from identity.decision
           where (made_at, id) < ($1::timestamptz, $2::uuid)
           order by made_at desc, id desc limit $3`,
    values: [before.madeAt, before.id, limit],
    types: isoTimestamps,
  });
  return rows.map(toFoundDecision);
}

export function toFoundDecision(row: DecisionRow): FoundDecision {
  const { id, kind, note, sides } = row;
  return { id, kind, madeAt: row.made_at, note, sides, withdrawnAt: row.withdrawn_at };
}
