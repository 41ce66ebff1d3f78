/** Reasons of restatements that name what an erasure took: the figures stay restated, and the reason is the erasure. */
import type { PoolClient } from 'pg';

/** @param reasons ids of touchpoints and of identifiers */
export async function forgetReasons(client: PoolClient, reasons: readonly string[]): Promise<void> {
  if (reasons.length === 0) return;
  const values = [[...new Set(reasons)]];
  // Deltas first: one that is folded meanwhile is found among the reasons by the second statement.
  await client.query({
    text: 'update metrics.delta set reason = null where reason = any($1::text[])',
    values,
  });
  await client.query({
    text: 'delete from metrics.change_reason where reason = any($1::text[])',
    values,
  });
}
