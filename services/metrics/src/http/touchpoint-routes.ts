/** Whether a touchpoint is counted, and as what: the end of the trace that identity begins. */
import { AppError } from '@throughline/contracts';
import type { HttpApp, ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { findFact } from '../db/find-fact.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';

export function addTouchpointRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/touchpoints/:key',
    {
      onRequest: requireKey('read'),
      schema: {
        tags: ['operations'],
        summary: 'Whether and as what a touchpoint is counted',
        description: 'The key is in the trace that identity gives of a touchpoint.',
        params: z.object({ key: z.uuid() }),
        response: {
          200: z.object({
            key: z.string(),
            id: z.string(),
            source: z.string(),
            identifier: z.string(),
            day: z.string(),
            stage: z.string().nullable(),
            countsTransactionOf: z.array(z.string()),
            freshness: freshnessSchema,
          }),
        },
      },
    },
    async ({ params: { key } }) => {
      const freshness = await reader.freshness();
      const fact = await findFact(reader.pool, reader.generation, key);
      if (fact === null) {
        throw new AppError('touchpoint_not_found', 'it is not counted, or is still pending', { freshness });
      }
      return { ...fact, freshness };
    },
  );
}
