/** Asks a service for its dead letters, page by page, and to replay them. */
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { deadLetterSchema, type DeadLetter } from '../core/dead-letter.ts';

export interface DeadLetterFilter {
  group?: string | undefined;
  state?: string | undefined;
  code?: string | undefined;
}

export interface DeadLettersClient {
  list(filter: DeadLetterFilter, limit: number): Promise<DeadLetter[]>;
  /** Returns how many were replayed. */
  replayOne(id: number): Promise<number>;
  replayAll(filter: DeadLetterFilter): Promise<number>;
}

const pageSchema = z.object({ items: z.array(deadLetterSchema), nextCursor: z.string().nullable() });
const replaySchema = z.object({ replayed: z.int(), nextCursor: z.string().nullable().optional() });
const largestPage = 100;

export function createDeadLettersClient(options: {
  url: string;
  adminKey: string;
  timeoutMs: number;
}): DeadLettersClient {
  const { url, adminKey, timeoutMs } = options;

  const ask = <T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> =>
    readAnswer(
      body === undefined
        ? { url: `${url}${path}`, key: adminKey, timeoutMs }
        : { method: 'POST', url: `${url}${path}`, key: adminKey, timeoutMs, body },
      schema,
    );

  return {
    async list(filter, limit) {
      const items: DeadLetter[] = [];
      let cursor: string | null = null;
      do {
        const pageSize = Math.min(largestPage, limit - items.length);
        const query = new URLSearchParams({ ...given(filter), limit: String(pageSize) });
        if (cursor !== null) query.set('cursor', cursor);
        const page = await ask(`/v1/dead-letters?${query.toString()}`, pageSchema);
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null && items.length < limit);
      return items;
    },
    async replayOne(id) {
      return (await ask(`/v1/dead-letters/${id}/replay`, replaySchema, {})).replayed;
    },
    async replayAll(filter) {
      let replayed = 0;
      let cursor: string | null = null;
      do {
        const body: Record<string, unknown> = cursor === null ? given(filter) : { ...given(filter), cursor };
        const page = await ask('/v1/dead-letters/replay', replaySchema, body);
        replayed += page.replayed;
        cursor = page.nextCursor ?? null;
      } while (cursor !== null);
      return replayed;
    },
  };
}

function given(filter: DeadLetterFilter): Record<string, string> {
  const entries = Object.entries(filter) as [string, string | undefined][];
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
