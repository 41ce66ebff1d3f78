/** What the figures hold of one touchpoint, by its key. */
import type { Pool } from 'pg';
import { formatDay } from '../core/calendar.ts';

export interface FoundFact {
  key: string;
  id: string;
  source: string;
  identifier: string;
  day: string;
  stage: string | null;
  /** Activities for which it is the record, or one of those, that counts its transaction. */
  countsTransactionOf: string[];
}

export async function findFact(pool: Pool, generation: number, key: string): Promise<FoundFact | null> {
  const { rows } = await pool.query<Omit<FoundFact, 'day'> & { day: number }>(
    `select key, touchpoint_id as id, source, identifier, day, stage,
       array(select activity from metrics.transaction t
             where t.id = fact.transaction and t.generation = fact.generation and t.key = fact.key
             order by activity) as "countsTransactionOf"
     from metrics.fact where key = $1 and generation = $2`,
    [key, generation],
  );
  const row = rows[0];
  return row === undefined ? null : { ...row, day: formatDay(row.day) };
}
