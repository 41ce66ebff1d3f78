/** Stickiness: of those active within a window, or in a calendar period, how many are on a day, and on how many days. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { createSeriesValue } from '../core/growth.ts';
import { lastDayOf } from '../core/lifecycle.ts';
import { startOfPeriod } from '../core/period.ts';
import type { ActivitySeries } from '../core/series.ts';
import {
  stickinessByDay,
  stickinessByPeriod,
  type StickyDay,
  type StickyPeriod,
} from '../core/stickiness.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import {
  activityParameter,
  formatParameter,
  rangeParameters,
  readByRoute,
  windowParameter,
} from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema, type FigureView } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readLifecycle } from './lifecycle-changes.ts';
import {
  readActivity,
  readChoice,
  readDayRange,
  readQuery,
  readWindow,
  type DayRange,
  type Query,
} from './query.ts';

const calendarPeriods = ['week', 'month'] as const;
type CalendarPeriod = (typeof calendarPeriods)[number];
const parameters = ['window', 'period', 'activity', 'from', 'to', 'asOf', 'format'];
const ratio = z.number().nullable();
const partial = z.boolean().describe('The day or period is not over yet.');
const dayRow = z.object({
  day: z.string(),
  activeOnDay: z.int(),
  active: z.int().describe('Within the window that ends with the day.'),
  profileDays: z.int().describe('Sum of activeOnDay over the days of the window.'),
  ratio: ratio.describe('activeOnDay / active'),
  daysPerProfile: ratio.describe('profileDays / active'),
  partial,
});
const periodRow = z.object({
  start: z.string(),
  active: z.int().describe('In the period.'),
  days: z.int().describe('Of the period, over or running.'),
  profileDays: z.int().describe('Sum of those active on each of the days.'),
  ratio: ratio.describe('profileDays / (active * days)'),
  daysPerProfile: ratio.describe('profileDays / active'),
  partial,
});
const { stickiness: definition } = figureDefinitions;
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  activity: z.string(),
  window: z.int().optional(),
  period: z.enum(calendarPeriods).optional(),
  days: z.array(dayRow).optional().describe('With `window`.'),
  periods: z.array(periodRow).optional().describe('With `period`.'),
  freshness: freshnessSchema,
});
const dayColumns = Object.keys(dayRow.shape);
const periodColumns = Object.keys(periodRow.shape);

export function addStickinessRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  const { activities, settings } = reader.catalog;
  app.get(
    '/v1/metrics/stickiness',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'stickiness',
        tags: ['figures'],
        summary: 'How often active profiles come back',
        description:
          'Needs a read key. With `window` by day: those active on the day of those active within the window, such as daily of ' +
          'monthly active ones. Else by calendar period: the periods that hold `from` and `to` are whole.',
        querystring: z.object({
          window: windowParameter(settings.windows).optional(),
          period: z
            .enum(calendarPeriods)
            .optional()
            .meta({ description: 'Without `window`. Default `month`.' }),
          activity: activityParameter(activities.map(({ activity }) => activity)).optional(),
          ...rangeParameters,
          ...asOfParameter,
          ...formatParameter,
        }),
        response: {
          200: tableAnswers(answer, `${dayColumns.join(',')}\r\n2026-03-10,1,2,3,0.5,1.5,false\r\n`),
          ...problemAnswers(
            'invalid_parameter',
            'unconfigured_window',
            'unknown_activity',
            'range_too_long',
            'as_of_out_of_range',
          ),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, parameters);
      const format = readFormat(request, query['format']);
      const { catalog } = reader;
      const series = readActivity(query, catalog.activities);
      const asked = readGrain(query, catalog.settings.windows);
      const view = await openView(reader, query);
      const range = readDayRange(query, view.today);
      const { freshness } = view;
      const links = view.head('stickiness', range);
      const head = { definition, ...links, activity: series.activity };
      if (asked.window !== null) {
        const days = await readDays(reader, series, { ...range, window: asked.window }, view);
        if (format === 'csv') return await sendCsv(reply, dayColumns, days, freshness, links.self);
        return await reply.send({ ...head, window: asked.window, days, freshness });
      }
      const rows = await readPeriods(reader, series, { ...range, period: asked.period }, view);
      if (format === 'csv') return await sendCsv(reply, periodColumns, rows, freshness, links.self);
      return await reply.send({ ...head, period: asked.period, periods: rows, freshness });
    },
  );
}

type Grain = { window: number; period: null } | { window: null; period: CalendarPeriod };

function readGrain(query: Query, windows: readonly number[]): Grain {
  const period = readChoice(query, 'period', calendarPeriods);
  if (query['window'] === undefined) return { window: null, period: period ?? 'month' };
  if (period === null) return { window: readWindow(query, windows), period: null };
  throw new AppError('invalid_parameter', 'window and period exclude each other', {
    field: 'period',
    expected: 'window or period',
  });
}

async function readDays(
  reader: FigureReader,
  series: ActivitySeries,
  { from, to, window }: DayRange & { window: number },
  { asOf, today }: FigureView,
): Promise<(Omit<StickyDay, 'day'> & { day: string; partial: boolean })[]> {
  const inWindow = series.windows.find((candidate) => candidate.window === window)?.active ?? -1;
  const days = { from: from - window + 1, to };
  const read = await readLifecycle(reader, series, { ...days, periods: ['day'], others: [inWindow], asOf });
  const active = createSeriesValue(read.of(inWindow));
  return stickinessByDay(read.ofPeriod('day'), active, { from, to, window }).map((one) => ({
    ...one,
    day: formatDay(one.day),
    partial: one.day >= today,
  }));
}

async function readPeriods(
  reader: FigureReader,
  series: ActivitySeries,
  { period, ...range }: DayRange & { period: CalendarPeriod },
  { asOf, today }: FigureView,
): Promise<(Omit<StickyPeriod, 'start'> & { start: string })[]> {
  const { weekStart } = reader;
  const question = { ...range, period, weekStart, today };
  const days = { from: startOfPeriod(range.from, period, weekStart), to: lastDayOf(question) };
  const read = await readLifecycle(reader, series, { ...days, periods: ['day', period], asOf });
  return stickinessByPeriod(read.ofPeriod(period), read.ofPeriod('day'), question).map((one) => ({
    ...one,
    start: formatDay(one.start),
  }));
}
