/** How fresh the figures are, without asking for one: for `throughline status` and for monitors. */
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readQuery } from './query.ts';

export function addFreshnessRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/freshness',
    {
      onRequest: requireKey('read'),
      schema: {
        operationId: 'freshness',
        tags: ['operations'],
        summary: 'How much of what was accepted the figures hold',
        description: 'Needs a read key.',
        response: { 200: freshnessSchema, ...problemAnswers('invalid_parameter') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      return await reader.freshness();
    },
  );
}
