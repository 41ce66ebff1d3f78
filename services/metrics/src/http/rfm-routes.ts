/** Customers by recency, frequency and monetary value. */
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { sumSegments } from '../core/rfm-segments.ts';
import { findValuation } from '../db/find-valuation.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readQuery } from './query.ts';
import { valuationHead } from './value-routes.ts';

const { rfm: definition } = figureDefinitions;
const sums = { customers: z.int(), orders: z.int(), net: z.int().describe('Net revenue, minor units.') };
const bounds = z.array(z.number());
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  ...valuationHead,
  currencies: z.record(
    z.string(),
    z.object({
      segments: z.array(z.object({ segment: z.string(), ...sums })),
      bounds: z
        .object({ recency: bounds, frequency: bounds, monetary: bounds })
        .describe(
          'From these values on a score is 2, 3, 4 and 5; of recency, in days since the last sale, 4, 3, 2 and 1: one day, order ' +
            'or unit of money above the quantiles.',
        ),
      cells: z
        .array(z.object({ recency: z.int(), frequency: z.int(), monetary: z.int(), ...sums }))
        .describe('Customers by their three scores.'),
    }),
  ),
  freshness: freshnessSchema,
});
const columns = ['currency', 'segment', 'customers', 'orders', 'net'];

export function addRfmRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/rfm',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'rfm',
        tags: ['figures'],
        summary: 'Customers by recency, frequency and monetary value',
        description: 'Needs a read key. Computed together with `value`.',
        querystring: z.object({ ...asOfParameter, ...formatParameter }),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\nEUR,Champions,1,2,2200\r\n`),
          ...problemAnswers('invalid_parameter', 'as_of_out_of_range'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['asOf', 'format']);
      const format = readFormat(request, query['format']);
      const { asOf, freshness, head } = await openView(reader, query);
      const found = await findValuation(reader.pool, reader.generation, asOf);
      const view = head('rfm', null);
      const currencies = Object.entries(found?.valuation ?? {});
      if (format === 'csv') {
        const rows = currencies.flatMap(([currency, { cells }]) =>
          sumSegments(cells).map((segment) => ({ currency, ...segment })),
        );
        return await sendCsv(reply, columns, rows, freshness, view.self);
      }
      return await reply.send({
        definition,
        ...view,
        day: found === null ? null : formatDay(found.day),
        computedAt: found?.computedAt.toISOString() ?? null,
        currencies: Object.fromEntries(
          currencies.map(([currency, { cells, bounds: scoreBounds }]) => [
            currency,
            { segments: sumSegments(cells), bounds: scoreBounds, cells },
          ]),
        ),
        freshness,
      });
    },
  );
}
