/** How fresh the profiles are, without asking for one: for `throughline status` and for monitors. */
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import { z } from 'zod';
import { type FreshnessReader, freshnessSchema } from './freshness.ts';

export interface FreshnessRoutes {
  freshness: FreshnessReader;
  canRead: RequestHook;
}

export function addFreshnessRoutes(app: HttpApp, { freshness, canRead }: FreshnessRoutes): void {
  app.get(
    '/v1/freshness',
    {
      onRequest: canRead,
      schema: {
        tags: ['operations'],
        operationId: 'readFreshness',
        summary: 'How much of what was accepted the profiles hold',
        description: 'Needs a read key.',
        querystring: z.strictObject({}),
        response: { 200: freshnessSchema, ...problemAnswers('invalid_parameter') },
      },
    },
    () => freshness.read(),
  );
}
