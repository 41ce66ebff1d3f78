/** What the figures hold of touchpoints, by their keys. */
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

/** Those that exist. */
export async function findFacts(
  pool: Pool,
  generation: number,
  keys: readonly string[],
): Promise<Map<string, FoundFact>> {
  const { rows } = await pool.query<Row>(
    `select key, touchpoint_id as id, source, identifier, type, name, channel, role, sentiment, properties,
       occurred_at as at, received_at as "receivedAt", case when by_server then 'server' else 'public' end as trust,
       array(select definition.name from metrics.transaction t
             join metrics.definition on definition.id = t.activity
             where t.id = fact.transaction and t.generation = $2 and t.key = fact.key
             order by definition.name) as "countsTransactionOf"
     from metrics.fact where key = any($1::uuid[]) and type <> 'erased'`,
    [keys, generation],
  );
  return new Map(rows.map((row) => [row.key, toFact(row)]));
}

function toFact(row: Row): FoundFact {
  const properties =
    row.properties === null ? null : (JSON.parse(row.properties) as FactContent['properties']);
  return { ...row, at: row.at.getTime(), receivedAt: row.receivedAt.getTime(), properties };
}
