/** Growth accounting, churn and retention: three views of the same days. */
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { createSeriesValue, growthOn, type GrowthDay, type SeriesValue } from '../core/growth.ts';
import { readSeries } from '../db/read-series.ts';
import { readFormat, sendCsv, tableAnswers, type CsvRow } from './csv.ts';
import {
  activityParameter,
  formatParameter,
  rangeParameters,
  readByRoute,
  windowParameter,
} from './figure-parameters.ts';
import { freshnessSchema, type Freshness } from './freshness.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import {
  findIncompleteBefore,
  groupByParameter,
  groupsSchema,
  readGroupBy,
  readGroups,
} from './growth-groups.ts';
import { readActivity, readDayRange, readQuery, readWindow, type Query } from './query.ts';

const parameters = ['window', 'activity', 'groupBy', 'from', 'to', 'asOf', 'format'];
const rate = z.number().nullable();
const dayHead = { day: z.string(), customersAtStart: z.int() };
const dayTail = { partial: z.boolean().describe('The day is not over yet.') };

const growthDay = z.object({
  ...dayHead,
  active: z.int(),
  retained: z.int(),
  churned: z.int(),
  new: z.int(),
  reactivated: z.int(),
  quickRatio: rate,
  ...dayTail,
});
const churnDay = z.object({ ...dayHead, churned: z.int(), rate, ...dayTail });
const retentionDay = z.object({ ...dayHead, retained: z.int(), rate, ...dayTail });

interface ReadGrowth {
  asOf: string | null;
  self: string;
  window: number;
  activity: string;
  days: PresentedDay[];
  grouped: Grouped | null;
  freshness: Freshness;
}

interface Grouped {
  dimensions: readonly string[];
  incompleteBefore: string | null;
  groups: { group: Record<string, string | null>; days: PresentedDay[] }[];
}

type PresentedDay = Omit<GrowthDay, 'day'> & { day: string; partial: boolean };

interface GrowthRoute<T extends z.ZodObject> {
  path: 'growth' | 'churn' | 'retention';
  summary: string;
  shape: T;
  /** A row of CSV. */
  example: string;
  pick: (day: PresentedDay) => z.infer<T> & CsvRow;
}

export function addGrowthRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  const addRoute = <T extends z.ZodObject>(route: GrowthRoute<T>) =>
    addGrowthRoute(app, { reader, requireKey }, route);
  addRoute({
    path: 'growth',
    summary: 'Growth accounting by day',
    shape: growthDay,
    example: '2026-03-10,1,2,1,0,1,0,,false',
    pick: ({ retention: _retention, churn: _churn, ...growth }) => growth,
  });
  addRoute({
    path: 'churn',
    summary: 'Churn by day',
    shape: churnDay,
    example: '2026-03-10,1,0,0,false',
    pick: ({ day, customersAtStart, churned, churn, partial }) => {
      return { day, customersAtStart, churned, rate: churn, partial };
    },
  });
  addRoute({
    path: 'retention',
    summary: 'Retention by day',
    shape: retentionDay,
    example: '2026-03-10,1,1,1,false',
    pick: ({ day, customersAtStart, retained, retention, partial }) => {
      return { day, customersAtStart, retained, rate: retention, partial };
    },
  });
}

function addGrowthRoute<T extends z.ZodObject>(
  app: HttpApp,
  { reader, requireKey }: { reader: FigureReader; requireKey: ServiceHttp['requireKey'] },
  { path, summary, shape, example, pick }: GrowthRoute<T>,
): void {
  const { activities, settings } = reader.catalog;
  const columns = Object.keys(shape.shape);
  const definition = figureDefinitions[path];
  const answer = z.object({
    definition: z.string(),
    ...viewSchema,
    window: z.int(),
    activity: z.string(),
    days: z.array(shape),
    ...groupsSchema(shape),
    freshness: freshnessSchema,
  });
  app.get(
    `/v1/metrics/${path}`,
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: path,
        tags: ['figures'],
        summary,
        description: 'Needs a read key.',
        querystring: z.object({
          window: windowParameter(settings.windows),
          activity: activityParameter(activities.map(({ activity }) => activity)).optional(),
          ...groupByParameter,
          ...rangeParameters,
          ...asOfParameter,
          ...formatParameter,
        }),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\n${example}\r\n`),
          ...problemAnswers(
            'invalid_parameter',
            'unconfigured_window',
            'unconfigured_group',
            'unknown_activity',
            'range_too_long',
            'as_of_out_of_range',
          ),
        },
      },
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const query = readQuery(request.query, parameters);
      const format = readFormat(request, query['format']);
      const { days, grouped, ...head } = await readGrowth(reader, query, path);
      if (format === 'csv') {
        const named = grouped?.dimensions ?? [];
        const rows =
          grouped?.groups.flatMap(({ group, days: own }) => own.map((day) => ({ ...group, ...pick(day) }))) ??
          days.map(pick);
        return await sendCsv(reply, [...named, ...columns], rows, head.freshness, head.self);
      }
      const groups = grouped?.groups.map(({ group, days: own }) => ({ group, days: own.map(pick) }));
      const more = grouped === null ? {} : { groups, incompleteBefore: grouped.incompleteBefore };
      return await reply.send({ definition, ...head, days: days.map(pick), ...more });
    },
  );
}

async function readGrowth(reader: FigureReader, asked: Query, path: string): Promise<ReadGrowth> {
  const { catalog, seriesIds, pool } = reader;
  const window = readWindow(asked, catalog.settings.windows);
  const series = readActivity(asked, catalog.activities);
  const { activity } = series;
  const groupBy = readGroupBy(asked, catalog.groupings);
  const { asOf, today, freshness, head } = await openView(reader, asked);
  const { from, to } = readDayRange(asked, today);
  const windowed = series.windows.find((candidate) => candidate.window === window);
  const numbers = [series.first, windowed?.active ?? -1, windowed?.retained ?? -1];
  const ids = numbers.map((number) => seriesIds[number] ?? -1);
  const changes = await readSeries(pool, ids, { from: from - window, to }, asOf);
  const valueOf = (id: number | undefined): SeriesValue =>
    createSeriesValue(changes.filter((change) => change.series === id));
  const [first, active, retained] = [valueOf(ids[0]), valueOf(ids[1]), valueOf(ids[2])];
  const present = ({ day, ...figures }: GrowthDay): PresentedDay => ({
    ...figures,
    day: formatDay(day),
    partial: day >= today,
  });
  const days = Array.from({ length: to - from + 1 }, (_value, index) =>
    present(growthOn(from + index, window, { first, active, retained })),
  );
  const common = { ...head(path, { from, to }), window, activity, days, freshness };
  if (groupBy === null) return { ...common, grouped: null };
  const groups = await readGroups(reader, groupBy, { activity, window }, { from, to }, asOf);
  const incompleteBefore = await findIncompleteBefore(reader, groupBy);
  const shown = groups.map(({ group, days: own }) => ({ group, days: own.map(present) }));
  return { ...common, grouped: { dimensions: groupBy.dimensions, incompleteBefore, groups: shown } };
}
