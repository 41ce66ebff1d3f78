/** Links that attached identifiers infer, by the attached identifier or by the persons at their ends. */
import type { PoolClient } from 'pg';
import type { InferredLink, Level } from '../core/evidence.ts';
import { isoTimestamps } from './iso-timestamps.ts';

interface Row {
  via: string;
  a: string;
  b: string;
  level: number;
  first_at: string;
  first_source: string;
  first_touchpoint: string;
}

export async function loadInferredVia(client: PoolClient, ids: readonly string[]): Promise<InferredLink[]> {
  return await query(client, 'select * from identity.inferred_link where via = any($1::uuid[])', [ids]);
}

/** At most `limit` of one person: with more distinct ends its component is past the bound anyway. */
export async function loadInferredOfPersons(
  client: PoolClient,
  ids: readonly string[],
  options: { stage: number; limit: number },
): Promise<InferredLink[]> {
  if (options.stage >= 3) return [];
  // Many devices may infer one and the same pair; only the best of each pair counts.
  return await query(
    client,
    `select i.* from unnest($1::uuid[]) as person (id)
     cross join lateral (
       (select distinct on (i.b, i.level) i.* from identity.inferred_link i
        where i.a = person.id and ($2 < 1 or i.level > 1)
        order by i.b, i.level, first_at, first_source collate "C", first_touchpoint collate "C", via limit $3)
       union all
       (select distinct on (i.a, i.level) i.* from identity.inferred_link i
        where i.b = person.id and ($2 < 1 or i.level > 1)
        order by i.a, i.level, first_at, first_source collate "C", first_touchpoint collate "C", via limit $3)
     ) i`,
    [ids, options.stage, options.limit],
  );
}

async function query(client: PoolClient, text: string, values: unknown[]): Promise<InferredLink[]> {
  const { rows } = await client.query<Row>({ text, values, types: isoTimestamps });
  return rows.map((row) => ({
    via: row.via,
    a: row.a,
    b: row.b,
    level: row.level as Level,
    first: { at: row.first_at, source: row.first_source, touchpointId: row.first_touchpoint },
  }));
}
