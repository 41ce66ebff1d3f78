/** A rejected item as ingest lists it, and how a list of them reads on a terminal. */
import { z } from 'zod';
import { alignColumns } from './align-columns.ts';

export const rejectedItemSchema = z.looseObject({
  rejectionId: z.string(),
  receivedAt: z.string(),
  source: z.string(),
  id: z.string().nullable(),
  code: z.string(),
  field: z.string(),
  message: z.string(),
  /** When it was accepted after all. */
  replayedAt: z.string().nullable(),
});
export type RejectedItem = z.infer<typeof rejectedItemSchema>;

export function rejectedTable(items: readonly RejectedItem[]): string {
  const rows = items.map(({ rejectionId, receivedAt, source, id, code, field, replayedAt }) => [
    rejectionId,
    receivedAt,
    source,
    field === '' ? code : `${code} (${field})`,
    id ?? '-',
    replayedAt === null ? '' : 'accepted since',
  ]);
  return alignColumns([['rejection', 'received', 'source', 'reason', 'touchpoint', ''], ...rows]);
}
