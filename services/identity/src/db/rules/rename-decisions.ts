/** All decisions by what rules that are put in force call identifiers. */
import type { PoolClient } from 'pg';

const zeroId = '00000000-0000-0000-0000-000000000000';

export async function findMadeSides(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<{ id: string; madeSides: string[][] }[]> {
  const { rows } = await client.query<{ id: string; madeSides: string[][] }>(
    `select id, made_sides as "madeSides" from identity.decision where id > $1 order by id limit $2`,
    [after ?? zeroId, limit],
  );
  return rows;
}

export async function saveSides(
  client: PoolClient,
  id: string,
  sides: readonly (readonly string[])[],
): Promise<void> {
  await client.query('update identity.decision set sides = $2 where id = $1', [id, JSON.stringify(sides)]);
  await client.query('delete from identity.decision_identifier where decision_id = $1', [id]);
  await client.query(
    `insert into identity.decision_identifier (identifier, decision_id)
     select distinct named, $2::uuid from unnest($1::uuid[]) as named`,
    [sides.flat(), id],
  );
}
