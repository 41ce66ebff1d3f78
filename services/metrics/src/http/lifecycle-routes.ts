/** Lifecycle: in each calendar period the profiles that are new, returning or resurrecting, and those that went dormant. */
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { firstLifecycleDay, lastDayOf, reportLifecycle } from '../core/lifecycle.ts';
import { periods } from '../core/period.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { activityParameter, formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readLifecycle } from './lifecycle-changes.ts';
import { readActivity, readChoice, readDayRange, readQuery } from './query.ts';

const row = z.object({
  start: z.string(),
  active: z.int().describe('new + returning + resurrecting'),
  new: z.int(),
  returning: z.int(),
  resurrecting: z.int(),
  dormant: z.int(),
  partial: z.boolean().describe('The period is not over yet.'),
});
const { lifecycle: definition } = figureDefinitions;
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  period: z.enum(periods),
  activity: z.string(),
  periods: z.array(row),
  freshness: freshnessSchema,
});
const columns = Object.keys(row.shape);

export function addLifecycleRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/lifecycle',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'lifecycle',
        tags: ['figures'],
        summary: 'New, returning, resurrecting and dormant profiles by period',
        description: 'Needs a read key. The periods that hold `from` and `to` are whole.',
        querystring: z.object({
          period: z.enum(periods).optional().meta({ description: 'Default `day`.' }),
          activity: activityParameter(reader.catalog.activities.map(({ activity }) => activity)).optional(),
          ...rangeParameters,
          ...asOfParameter,
          ...formatParameter,
        }),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\n2026-03-01,5,2,2,1,1,false\r\n`),
          ...problemAnswers('invalid_parameter', 'unknown_activity', 'range_too_long', 'as_of_out_of_range'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['period', 'activity', 'from', 'to', 'asOf', 'format']);
      const format = readFormat(request, query['format']);
      const period = readChoice(query, 'period', periods) ?? 'day';
      const series = readActivity(query, reader.catalog.activities);
      const { asOf, today, freshness, head } = await openView(reader, query);
      const range = readDayRange(query, today);
      const question = { ...range, period, weekStart: reader.weekStart, today };
      const days = { from: firstLifecycleDay(question), to: lastDayOf(question) };
      const changes = await readLifecycle(reader, series, { ...days, periods: [period], asOf });
      const view = head('lifecycle', range);
      const rows = reportLifecycle(changes.ofPeriod(period), question).map((one) => ({
        ...one,
        start: formatDay(one.start),
      }));
      if (format === 'csv') return await sendCsv(reply, columns, rows, freshness, view.self);
      return await reply.send({
        definition,
        ...view,
        period,
        activity: series.activity,
        periods: rows,
        freshness,
      });
    },
  );
}
