/** How fresh the figures are, without asking for one: for `throughline status` and for monitors. */
import type { HttpApp, ServiceHttp } from '@throughline/runtime';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';

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
        tags: ['operations'],
        summary: 'How much of what was accepted the figures hold',
        response: { 200: freshnessSchema },
      },
    },
    () => reader.freshness(),
  );
}
