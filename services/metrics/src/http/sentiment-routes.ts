/** Where customers love it, and where it hurts: sentiment by touchpoint and channel, and journeys that stop there. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { findSentiments, maxSentiments } from '../db/find-sentiments.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery } from './query.ts';

const { sentiment: definition } = figureDefinitions;
/** Names and channels of an answer; the rest is not shown, and counted in `more`. */
const maxPoints = 200;
const answer = z.object({
  definition: z.string(),
  from: z.string(),
  to: z.string(),
  lapseDays: z.int(),
  points: z
    .array(
      z.object({
        name: z.string().describe('Of the touchpoint, or its type.'),
        channel: z.string().nullable(),
        touchpoints: z.int(),
        positive: z.int().describe('With a sentiment above 0.'),
        negative: z.int().describe('With one below 0.'),
        mean: z.number().describe('-1 to 1.'),
        decided: z.int().describe('Of which it is known whether the journey stopped.'),
        stopped: z.int(),
        stopShare: z.number().nullable().describe('stopped / decided'),
      }),
    )
    .describe('Most touchpoints first.'),
  more: z.int().describe('Names and channels that are not shown.'),
  partial: z.boolean().describe('The last day is not over yet.'),
  freshness: freshnessSchema,
});
const columns = [
  'name',
  'channel',
  'touchpoints',
  'positive',
  'negative',
  'mean',
  'decided',
  'stopped',
  'stopShare',
];

export function addSentimentRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/sentiment',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'sentiment',
        tags: ['figures'],
        summary: 'Love and pain points by touchpoint and channel',
        description: 'Needs a read key.',
        querystring: z.object({ ...rangeParameters, ...formatParameter }),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\nDelivery Late,email,12,1,9,-0.5,10,4,0.4\r\n`),
          ...problemAnswers('invalid_parameter', 'range_too_long'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['from', 'to', 'format']);
      const format = readFormat(request, query['format']);
      const today = reader.today();
      const range = readDayRange(query, today);
      const freshness = await reader.freshness();
      const { lapseDays } = reader.catalog.settings.journeyMap;
      const asked = { ...range, timeZone: reader.calendar.timeZone, lapseDays, today };
      const { counts, isTooLong } = await findSentiments(reader.pool, reader.generation, asked);
      if (isTooLong) {
        throw new AppError(
          'range_too_long',
          'there are too many touchpoints in the range: ask for fewer days',
          {
            field: 'from',
            expected: `at most ${maxSentiments} touchpoints with a sentiment`,
          },
        );
      }
      const points = counts.slice(0, maxPoints).map((one) => ({
        ...one,
        stopShare: one.decided === 0 ? null : one.stopped / one.decided,
      }));
      if (format === 'csv') return await sendCsv(reply, columns, points, freshness);
      const head = { definition, from: formatDay(range.from), to: formatDay(range.to), lapseDays };
      const more = counts.length - points.length;
      return await reply.send({ ...head, points, more, partial: range.to >= today, freshness });
    },
  );
}
