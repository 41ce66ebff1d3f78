/**
 * Traits per identifier: the last writer by (trust, time, source, touchpoint id) stands. The comparison is in the
 * statement, so writing commutes and needs no read.
 */
import type { PoolClient } from 'pg';

export interface TraitWrite {
  identifier: string;
  name: string;
  /** JSON text. */
  value: string;
  trust: string;
  at: string;
  source: string;
  touchpointId: string;
}

/** @param traits at most one per identifier and name */
export async function saveTraits(client: PoolClient, traits: readonly TraitWrite[]): Promise<void> {
  if (traits.length === 0) return;
  const sorted = traits.toSorted((left, right) =>
    left.identifier < right.identifier || (left.identifier === right.identifier && left.name < right.name)
      ? -1
      : 1,
  );
  await client.query({
    name: 'save-traits',
    // 'server' > 'public' as text, too.
    text: `insert into identity.trait as stored (identifier, name, value, trust, at, source, touchpoint_id)
           select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
           on conflict (identifier, name) do update set value = excluded.value, trust = excluded.trust,
             at = excluded.at, source = excluded.source, touchpoint_id = excluded.touchpoint_id
           where (excluded.trust collate "C", excluded.at, excluded.source collate "C", excluded.touchpoint_id collate "C")
               > (stored.trust collate "C", stored.at, stored.source collate "C", stored.touchpoint_id collate "C")`,
    values: [
      sorted.map((one) => one.identifier),
      sorted.map((one) => one.name),
      sorted.map((one) => one.value),
      sorted.map((one) => one.trust),
      sorted.map((one) => one.at),
      sorted.map((one) => one.source),
      sorted.map((one) => one.touchpointId),
    ],
  });
}
