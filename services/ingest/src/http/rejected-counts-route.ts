/** How many items were rejected over time, by source and reason. */
import { AppError, type KeyKind } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type RequestHook } from '@throughline/runtime';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { findRejectedCounts } from '../db/find-rejected-counts.ts';
import { receiptTime } from './rejected-cursor.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const spans = {
  hour: { unitMs: hourMs, defaultMs: dayMs, maxMs: 32 * dayMs },
  day: { unitMs: dayMs, defaultMs: 30 * dayMs, maxMs: 400 * dayMs },
} as const;
const rowsMax = 2_000;

export interface RejectedCountsParts {
  database: NodePgDatabase;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
  /** Milliseconds since 1970. */
  now: () => number;
}

export function addRejectedCountsRoute(
  app: HttpApp,
  { database, requireKey, now }: RejectedCountsParts,
): void {
  app.get(
    '/v1/rejected/counts',
    {
      // No kind but admin, which passes everywhere.
      onRequest: requireKey(),
      schema: {
        operationId: 'rejectedCounts',
        tags: ['rejected'],
        summary: 'Rejected items over time, by source and code, newest first',
        description:
          'Needs an admin key. By the time of receipt, in whole hours or days of UTC; an hour or day without any is left out. ' +
          'At most 32 days by hour and 400 by day; without `from` the last day by hour, the last 30 by day.',
        querystring: z.strictObject({
          per: z.enum(['hour', 'day']).default('hour'),
          code: z.string().max(100).exactOptional(),
          source: z.string().max(100).exactOptional(),
          from: receiptTime.exactOptional(),
          to: receiptTime.exactOptional(),
        }),
        response: {
          200: z.object({
            per: z.enum(['hour', 'day']),
            from: z.string(),
            to: z.string(),
            isComplete: z.boolean().describe(`False when only the newest ${rowsMax} rows are shown.`),
            counts: z.array(
              z.object({ at: z.string(), source: z.string(), code: z.string(), items: z.int() }),
            ),
          }),
          ...problemAnswers('invalid_parameter', 'range_too_long'),
        },
      },
    },
    async (request) => {
      const { per, source, code, ...given } = request.query;
      const span = spanOf(per, given, now());
      const rows = await findRejectedCounts(database, { per, ...span }, { source, code }, rowsMax + 1);
      const counts = rows.slice(0, rowsMax).map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest }));
      return {
        per,
        from: span.from.toISOString(),
        to: span.to.toISOString(),
        isComplete: rows.length <= rowsMax,
        counts,
      };
    },
  );
}

/** Whole hours or days. @throws AppError invalid_parameter, range_too_long */
function spanOf(
  per: keyof typeof spans,
  given: { from?: string; to?: string },
  nowMs: number,
): { from: Date; to: Date } {
  const { unitMs, defaultMs, maxMs } = spans[per];
  const floor = (ms: number): number => Math.floor(ms / unitMs) * unitMs;
  const to = floor((given.to === undefined ? nowMs : Date.parse(given.to) - 1) + unitMs);
  const from = given.from === undefined ? to - defaultMs : floor(Date.parse(given.from));
  if (from >= to) {
    throw new AppError('invalid_parameter', '`from` must be before `to`', { field: 'from' });
  }
  if (to - from > maxMs) {
    const expected = `at most ${maxMs / dayMs} days by ${per}`;
    throw new AppError('range_too_long', expected, { field: 'from', expected });
  }
  return { from: new Date(from), to: new Date(to) };
}
