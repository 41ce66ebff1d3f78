/** Whether touchpoints are counted, and as what: the end of the trace that identity begins. */
import {
  AppError,
  countedAnswerSchema,
  countedQuestionSchema,
  type CountedTouchpoint,
  countedTouchpointSchema,
} from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { placeFact } from '../core/place-fact.ts';
import { findFacts, type FoundFact } from '../db/find-facts.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readQuery } from './query.ts';

const exampleKey = '0f8fad5b-d9cb-569f-a165-70867728950e';

export function addTouchpointRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  addOneRoute(app, reader, requireKey);
  addLookupRoute(app, reader, requireKey);
}

function addOneRoute(app: HttpApp, reader: FigureReader, requireKey: ServiceHttp['requireKey']): void {
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
        params: z.object({ key: z.uuid().meta({ examples: [exampleKey] }) }),
        response: {
          200: countedTouchpointSchema.extend({ freshness: freshnessSchema }),
          ...problemAnswers('invalid_parameter', 'touchpoint_not_found'),
        },
      },
    },
    async ({ params: { key }, query }) => {
      readQuery(query, []);
      const freshness = await reader.freshness();
      const fact = (await findFacts(reader.pool, reader.generation, [key])).get(key.toLowerCase());
      if (fact === undefined) {
        throw new AppError('touchpoint_not_found', 'it is not counted, or is still pending', { freshness });
      }
      return { ...toCounted(reader, fact), freshness };
    },
  );
}

function addLookupRoute(app: HttpApp, reader: FigureReader, requireKey: ServiceHttp['requireKey']): void {
  app.post(
    '/v1/metrics/touchpoints/lookup',
    {
      onRequest: requireKey('read'),
      schema: {
        operationId: 'countedTouchpoints',
        tags: ['operations'],
        summary: 'Whether and as what up to a hundred touchpoints are counted',
        description: 'Needs a read key. Identity asks it for the export of a profile.',
        querystring: z.strictObject({}),
        body: countedQuestionSchema.meta({ examples: [{ keys: [exampleKey] }] }),
        response: {
          200: countedAnswerSchema,
          ...problemAnswers(
            'invalid_parameter',
            'malformed_json',
            'empty_body',
            'request_timeout',
            'payload_too_large',
            'unsupported_media_type',
          ),
        },
      },
    },
    async ({ body }) => {
      const found = await findFacts(reader.pool, reader.generation, body.keys);
      const counted = body.keys.map((key) => {
        const fact = found.get(key.toLowerCase());
        return [key, fact === undefined ? null : toCounted(reader, fact)] as const;
      });
      return { touchpoints: Object.fromEntries(counted) };
    },
  );
}

function toCounted(reader: FigureReader, fact: FoundFact): CountedTouchpoint {
  const { key, id, source, identifier, countsTransactionOf } = fact;
  const { day, stage } = placeFact(reader, fact);
  return { key, id, source, identifier, day: formatDay(day), stage, countsTransactionOf };
}
