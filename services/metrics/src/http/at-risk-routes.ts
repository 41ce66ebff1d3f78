/** Profiles that will count as churned within days unless they act: for a campaign that is to reach them before. */
import { AppError, relationships, valueClasses } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { atRiskDays } from '../core/at-risk-days.ts';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { stageNames } from '../core/series.ts';
import { atRiskOrders, findAtRisk } from '../db/find-at-risk.ts';
import { describeProfiles, filterNames, filterParameters, limitOf, readFilters } from './at-risk-filters.ts';
import { formatAtRiskCursor, parseAtRiskCursor } from './at-risk-cursor.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { activityParameter, formatParameter, readByRoute, windowParameter } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readActivity, readChoice, readLimit, readQuery, readWindow, type Query } from './query.ts';

const parameters = ['window', 'activity', 'within', 'order', ...filterNames, 'limit', 'cursor', 'format'];
const maxItems = 1_000;
const defaultWithin = 14;
const columns = ['profile', 'lastActive', 'churnsOn', 'stage', 'relationship', 'valueClass'];
const definition = figureDefinitions.atRisk;

const answer = z.object({
  definition: z.string(),
  window: z.int(),
  activity: z.string(),
  day: z.string().describe('The running day of the reporting zone, of all pages that of the first.'),
  items: z.array(
    z.object({
      profile: z.string(),
      lastActive: z.string().describe('Last day with the activity.'),
      churnsOn: z.string().describe('First day on which it is not active any more.'),
      stage: z.string().nullable().describe('Of its journey, today.'),
      relationship: z.enum(relationships),
      valueClass: z.enum(valueClasses).nullable().describe('By the end of the last closed day.'),
    }),
  ),
  nextCursor: z.string().nullable(),
  freshness: freshnessSchema,
});

export function addAtRiskRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/at-risk',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: documentedRoute(reader),
    },
    async (request, reply) => {
      const { activities, settings } = reader.catalog;
      const query = readQuery(request.query, parameters);
      const format = readFormat(request, query['format']);
      const window = readWindow(query, settings.windows);
      const { id, activity } = readActivity(query, activities);
      const within = readWithin(query, window);
      const filters = readFilters(query, stageNames(settings.journeyMap));
      const { cursor } = query;
      const after = cursor === undefined ? null : parseAtRiskCursor(cursor);
      const today = after?.today ?? reader.today();
      const asked = {
        order: readChoice(query, 'order', atRiskOrders) ?? 'stable',
        activity: id,
        ...atRiskDays(today, window, within),
        limit: limitOf(filters, readLimit(query, maxItems)),
        after,
      };
      const freshness = await reader.freshness();
      const { profiles, next } = await findAtRisk(reader.pool, reader.generation, asked);
      const described = await describeProfiles(reader, profiles, today, filters);
      const items = described.map(({ lastDay, profile, stage, relationship, valueClass }) => ({
        profile,
        lastActive: formatDay(lastDay),
        churnsOn: formatDay(lastDay + window),
        stage,
        relationship,
        valueClass,
      }));
      const nextCursor = next === null ? null : formatAtRiskCursor({ ...next, today });
      if (format === 'csv') {
        reply.header('throughline-next-cursor', nextCursor ?? '');
        return await sendCsv(reply, columns, items, freshness);
      }
      const head = { definition, window, activity, day: formatDay(today) };
      return await reply.send({ ...head, items, nextCursor, freshness });
    },
  );
}

function documentedRoute({ catalog }: FigureReader) {
  const { activities, settings } = catalog;
  return {
    operationId: 'atRisk',
    tags: ['figures'],
    summary: 'Profiles that are about to count as churned, soonest first',
    description:
      'Needs a read key. A statement about the definition of churn, no forecast: a profile is listed if it is active ' +
      'today and stops being so within the days asked for, should it have the activity no more. A page may have fewer ' +
      'items than `limit`, or none, and a `nextCursor` all the same; of CSV it is in the header `Throughline-Next-Cursor`.',
    querystring: z.object({
      window: windowParameter(settings.windows),
      activity: activityParameter(activities.map(({ activity }) => activity)).optional(),
      within: z
        .string()
        .optional()
        .meta({
          description: `Days, such as \`14d\`, at most the window. Default ${defaultWithin}d, or the window if shorter.`,
        }),
      order: z
        .enum(atRiskOrders)
        .optional()
        .meta({
          description:
            'Default `stable`: a profile keeps its place when it is merged, so all pages together list it once. `soonest` is by ' +
            'the day of churn, and may list a profile again that was merged between two pages.',
        }),
      ...filterParameters(stageNames(settings.journeyMap)),
      limit: z
        .int()
        .min(1)
        .max(maxItems)
        .optional()
        .meta({ description: `Default ${maxItems}.` }),
      cursor: z.string().optional().meta({ description: 'The `nextCursor` of the page before.' }),
      ...formatParameter,
    }),
    response: {
      200: tableAnswers(
        answer,
        `${columns.join(',')}\r\n3f0f4a52-3f5e-4d0c-8a4e-52b1d2a7c9e1,2026-02-20,2026-03-22,purchase,customer,B\r\n`,
      ),
      ...problemAnswers('invalid_parameter', 'unconfigured_window', 'unknown_activity'),
    },
  };
}

/** @throws AppError invalid_parameter */
function readWithin(query: Query, window: number): number {
  const text = query['within'];
  if (text === undefined) return Math.min(defaultWithin, window);
  const within = Number(/^([1-9]\d{0,4})d$/.exec(text)?.[1] ?? Number.NaN);
  if (within <= window) return within;
  throw new AppError('invalid_parameter', 'within is a number of days, at most the window', {
    field: 'within',
    expected: `1d to ${window}d`,
  });
}
