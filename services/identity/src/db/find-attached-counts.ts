/** How much is attached to roots. */
import type { PoolClient } from 'pg';
import type { AttachedCounts } from '../core/decision-preview.ts';

/** Roots to which nothing was ever attached are absent. */
export async function findAttachedCounts(
  client: PoolClient,
  roots: readonly string[],
): Promise<Map<string, AttachedCounts>> {
  const { rows } = await client.query<{ root: string; identifiers: number; touchpoints: string }>({
    name: 'find-attached-counts',
    text: `select root, carriers + transactions as identifiers, touchpoint_count as touchpoints
           from identity.attached_summary where root = any($1::uuid[])`,
    values: [roots],
  });
  return new Map(
    rows.map(({ root, identifiers, touchpoints }) => [
      root,
      { identifiers, touchpoints: Number(touchpoints) },
    ]),
  );
}
