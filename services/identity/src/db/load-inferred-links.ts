/** Links that attached identifiers infer, by the attached identifier or by their ends. */
import { allOrCause, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { InferredLink, Level } from '../core/evidence.ts';
import { isoTimestamps } from './iso-timestamps.ts';

interface Row {
  via: string;
  a: string;
  b: string;
  person: boolean;
  level: number;
  first_at: string;
  first_source: string;
  first_touchpoint: string;
}

const viaText = 'select * from identity.inferred_link where via = any($1::uuid[])';

/** What these infer, and what others infer for those of them that are carriers. */
export async function loadInferredOfAttached(
  client: PoolClient,
  ids: readonly string[],
): Promise<InferredLink[]> {
  const found = await allOrCause([
    query(client, 'load-inferred-via', viaText, ids),
    query(client, 'load-inferred-of-carriers', bestOfEachPair('a', 'b', 'not i.person'), ids),
  ]);
  return found.flat();
}

/** Inferences about person identifiers. From stage 1 on public ones are left out, from 3 all. */
export async function loadInferredOfPersons(
  client: PoolClient,
  ids: readonly string[],
  stage: number,
): Promise<InferredLink[]> {
  if (stage >= 3) return [];
  const condition = stage >= 1 ? 'i.person and i.level > 1' : 'i.person';
  return await query(
    client,
    `load-inferred-of-persons-${stage}`,
    `${bestOfEachPair('a', 'b', condition)} union all ${bestOfEachPair('b', 'a', condition)}`,
    ids,
  );
}

/**
 * Many attached identifiers may infer one and the same pair, a browser's every cookie for instance, and only the best of each
 * pair and level counts. The index is walked from pair to pair, so the rest is not read.
 */
function bestOfEachPair(own: 'a' | 'b', other: 'a' | 'b', condition: string): string {
  const best = (after: string): string =>
    `(select i.* from identity.inferred_link i where i.${own} = pair.id and ${condition} ${after}
      order by i.level, i.${other}, i.first_at, i.first_source collate "C", i.first_touchpoint collate "C", i.via limit 1)`;
  return `select walked.* from unnest($1::uuid[]) as pair (id)
    cross join lateral (
      with recursive walk as (
        ${best('')}
        union all
        select next.* from walk cross join lateral
          ${best(`and (i.level, i.${other}) > (walk.level, walk.${other})`)} next
      )
      select * from walk
    ) walked`;
}

async function query(
  client: PoolClient,
  name: string,
  text: string,
  ids: readonly string[],
): Promise<InferredLink[]> {
  const { rows } = await client.query<Row>({
    name,
    text,
    values: [uuidArray(ids)],
    types: isoTimestamps,
  });
  return rows.map((row) => ({
    via: row.via,
    a: row.a,
    b: row.b,
    person: row.person,
    level: row.level as Level,
    first: { at: row.first_at, source: row.first_source, touchpointId: row.first_touchpoint },
  }));
}
