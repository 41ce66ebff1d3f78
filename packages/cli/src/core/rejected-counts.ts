/** How many items were rejected over time, as ingest counts them, and as a table. */
import { z } from 'zod';
import { alignColumns } from './align-columns.ts';
import { formatCount } from './progress-text.ts';

export const rejectedCountsSchema = z.looseObject({
  isComplete: z.boolean(),
  counts: z.array(z.object({ at: z.string(), source: z.string(), code: z.string(), items: z.number() })),
});
export type RejectedCounts = z.infer<typeof rejectedCountsSchema>;

export function rejectedCountsTable({ counts }: RejectedCounts): string {
  const rows = counts.map(({ at, source, code, items }) => [at, source, code, formatCount(items)]);
  return alignColumns([['from', 'source', 'reason', 'items'], ...rows]);
}
