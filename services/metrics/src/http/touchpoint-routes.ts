/** Whether a touchpoint is counted, and as what: the end of the trace that identity begins. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { findFact } from '../db/find-fact.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readQuery } from './query.ts';

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
        operationId: 'countedTouchpoint',
        tags: ['operations'],
        summary: 'Whether and as what a touchpoint is counted',
        description:
          'Needs a read key. The key of the touchpoint is in the trace that identity gives of a touchpoint.',
        params: z.object({ key: z.uuid().meta({ examples: ['0f8fad5b-d9cb-569f-a165-70867728950e'] }) }),
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
          ...problemAnswers('invalid_parameter', 'touchpoint_not_found'),
        },
      },
    },
    async ({ params: { key }, query }) => {
      readQuery(query, []);
      const freshness = await reader.freshness();
      const fact = await findFact(reader.pool, reader.generation, key);
      if (fact === null) {
        throw new AppError('touchpoint_not_found', 'it is not counted, or is still pending', { freshness });
      }
      return { ...fact, freshness };
    },
  );
}
