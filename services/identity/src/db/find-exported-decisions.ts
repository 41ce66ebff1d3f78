/** Decisions that name any of some identifiers, withdrawn ones too, a page at a time. */
import { uuidArray } from '@throughline/postgres';
import { inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { type FoundDecision, toFoundDecision } from './find-decisions.ts';
import { decision } from './schema.ts';

export async function findExportedDecisions(
  pool: Pool,
  identifiers: readonly string[],
  after: string,
  limit: number,
): Promise<FoundDecision[]> {
  const named = await pool.query<{ decision_id: string }>({
    name: 'find-exported-decisions',
    text: `select distinct decision_id from identity.decision_identifier
           where identifier = any($1::uuid[]) and decision_id > $2::uuid order by decision_id limit $3`,
    values: [uuidArray(identifiers), after, limit],
  });
  const ids = named.rows.map(({ decision_id: id }) => id);
  if (ids.length === 0) return [];
  const rows = await drizzle({ client: pool }).select().from(decision).where(inArray(decision.id, ids));
  return rows.map(toFoundDecision).toSorted((left, right) => (left.id < right.id ? -1 : 1));
}
