/** Rejected items of ingest, page by page. */
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { rejectedItemSchema, type RejectedItem } from '../core/rejected-item.ts';

export interface IngestAccess {
  ingestUrl: string;
  key: string;
  timeoutMs: number;
}

/** What is not given does not restrict. */
export interface RejectedFilter {
  source?: string | undefined;
  code?: string | undefined;
  /** RFC 3339; at or after, and before. */
  from?: string | undefined;
  to?: string | undefined;
}

const pageItems = 100;
const pageSchema = z.object({ items: z.array(rejectedItemSchema), nextCursor: z.string().nullable() });

/** Newest first, at most `limit`; `isMore` when there are others. @throws ServiceRefusal */
export async function findRejected(
  { ingestUrl, key, timeoutMs }: IngestAccess,
  filter: RejectedFilter,
  limit: number,
): Promise<{ items: RejectedItem[]; isMore: boolean }> {
  const items: RejectedItem[] = [];
  for (let cursor: string | null = null; ;) {
    const url = new URL(`${ingestUrl}/v1/rejected`);
    const parameters = { ...filter, limit: String(pageItems), cursor };
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, value);
    }
    const page: z.infer<typeof pageSchema> = await readAnswer({ url: url.href, key, timeoutMs }, pageSchema);
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null || items.length >= limit) {
      return { items: items.slice(0, limit), isMore: cursor !== null || items.length > limit };
    }
  }
}
