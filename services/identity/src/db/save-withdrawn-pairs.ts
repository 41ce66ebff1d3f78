/** What touchpoints name together although their evidence is withdrawn: no link says so, and an erasure has to find them. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

/** Once they are stored, with all that they came with. Blocked ends are left out: an erasure looks through blocked identifiers anyway. */
export async function saveWithdrawnPairs(client: PoolClient, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await client.query({
    name: 'save-withdrawn-pairs',
    text: `with named as (
             select t.key, i.id from identity.touchpoint t
             cross join lateral unnest(coalesce(t.counted, t.identifiers)) as n (id)
             join identity.identifier i on i.id = n.id and not i.blocked
             where t.key = any($1::uuid[])
           )
           insert into identity.withdrawn_pair (identifier, other)
           select distinct one.id, other.id from named one join named other on other.key = one.key and other.id <> one.id
           order by 1, 2 on conflict do nothing`,
    values: [uuidArray(keys)],
  });
}
