/** What the figures hold of one touchpoint, by its key. */
import type { Pool } from 'pg';
import type { FactContent } from '../core/fact.ts';

export interface FoundFact extends FactContent {
  identifier: string;
  /** Activities for which it is the record, or one of those, that counts its transaction. */
  countsTransactionOf: string[];
}

type Row = Omit<FoundFact, 'at' | 'receivedAt' | 'properties'> & {
  at: Date;
  receivedAt: Date;
  properties: string | null;
};

export async function findFact(pool: Pool, generation: number, key: string): Promise<FoundFact | null> {
  const { rows } = await pool.query<Row>(
    `select key, touchpoint_id as id, source, identifier, type, name, channel, role, sentiment, properties,
       occurred_at as at, received_at as "receivedAt", case when by_server then 'server' else 'public' end as trust,
       array(select definition.name from metrics.transaction t
             join metrics.definition on definition.id = t.activity
             where t.id = fact.transaction and t.generation = $2 and t.key = fact.key
             order by definition.name) as "countsTransactionOf"
     from metrics.fact where key = $1`,
    [key, generation],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const properties =
    row.properties === null ? null : (JSON.parse(row.properties) as FactContent['properties']);
  return { ...row, at: row.at.getTime(), receivedAt: row.receivedAt.getTime(), properties };
}
