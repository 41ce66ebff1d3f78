/** Growth accounting, churn and retention: three views of the same days. */
import { AppError } from '@throughline/contracts';
import type { HttpApp, ServiceHttp } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { createSeriesValue, growthOn, type GrowthDay } from '../core/growth.ts';
import { readSeries } from '../db/read-series.ts';
import { sendCsv, wantsCsv } from './csv.ts';
import { freshnessSchema, type Freshness } from './freshness.ts';
import type { FigureReader } from './figure-reader.ts';
import { readDayRange, readQuery, readWindow, type Query } from './query.ts';

const query = z.looseObject({
  window: z.string().optional().describe('Days; one of the configured windows. Required.'),
  activity: z.string().optional().describe('Default `purchase`.'),
  from: z.string().optional().describe('First day, YYYY-MM-DD. Default 29 days before `to`.'),
  to: z.string().optional().describe('Last day, included. Default today.'),
});
const parameters = ['window', 'activity', 'from', 'to'];
const rate = z.number().nullable();
const day = { day: z.string(), customersAtStart: z.int(), partial: z.boolean() };
const headed = { window: z.int(), activity: z.string(), freshness: freshnessSchema };

const growthDay = z.object({
  ...day,
  active: z.int(),
  retained: z.int(),
  churned: z.int(),
  new: z.int(),
  reactivated: z.int(),
  quickRatio: rate,
});
const churnDay = z.object({ ...day, churned: z.int(), rate });
const retentionDay = z.object({ ...day, retained: z.int(), rate });

interface ReadGrowth {
  window: number;
  activity: string;
  days: (GrowthDay & { partial: boolean })[];
  freshness: Freshness;
}

export function addGrowthRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  const route = <T extends z.ZodObject>(
    path: string,
    summary: string,
    shape: T,
    pick: (day: ReadGrowth['days'][number]) => z.infer<T>,
  ) => {
    const columns = Object.keys(shape.shape);
    app.get(
      `/v1/metrics/${path}`,
      {
        onRequest: requireKey('read'),
        schema: {
          tags: ['figures'],
          summary,
          querystring: query,
          response: { 200: z.object({ ...headed, days: z.array(shape) }) },
        },
      },
      async (request: FastifyRequest, reply: FastifyReply) => {
        const { days, freshness, window, activity } = await readGrowth(
          reader,
          readQuery(request.query, parameters),
        );
        const rows = days.map(pick);
        if (wantsCsv(request)) return sendCsv(reply, columns, rows as never, freshness);
        return reply.send({ window, activity, days: rows, freshness });
      },
    );
  };
  route(
    'growth',
    'Growth accounting by day',
    growthDay,
    ({ retention: _retention, churn: _churn, ...growth }) => ({
      ...growth,
      day: formatDay(growth.day),
    }),
  );
  route('churn', 'Churn by day', churnDay, ({ day: number, customersAtStart, churned, churn, partial }) => ({
    day: formatDay(number),
    customersAtStart,
    churned,
    rate: churn,
    partial,
  }));
  route(
    'retention',
    'Retention by day',
    retentionDay,
    ({ day: number, customersAtStart, retained, retention, partial }) => ({
      day: formatDay(number),
      customersAtStart,
      retained,
      rate: retention,
      partial,
    }),
  );
}

async function readGrowth(reader: FigureReader, asked: Query): Promise<ReadGrowth> {
  const { catalog, seriesIds, pool } = reader;
  const window = readWindow(asked, catalog.settings.windows);
  const activity = asked['activity'] ?? 'purchase';
  const series = catalog.activities.find((candidate) => candidate.activity === activity);
  if (series === undefined) {
    const expected = catalog.activities.map((candidate) => candidate.activity).join(', ');
    throw new AppError('unknown_activity', `the activities are ${expected}`, { field: 'activity', expected });
  }
  const today = reader.today();
  const { from, to } = readDayRange(asked, today);
  const windowed = series.windows.find((candidate) => candidate.window === window);
  const numbers = [series.first, windowed?.active ?? -1, windowed?.retained ?? -1];
  const ids = numbers.map((number) => seriesIds[number] ?? -1);
  const freshness = await reader.freshness();
  const changes = await readSeries(pool, ids, to);
  const [first, active, retained] = ids.map((id) =>
    createSeriesValue(changes.filter((change) => change.series === id)),
  ) as [
    ReturnType<typeof createSeriesValue>,
    ReturnType<typeof createSeriesValue>,
    ReturnType<typeof createSeriesValue>,
  ];
  const days = Array.from({ length: to - from + 1 }, (_value, index) => ({
    ...growthOn(from + index, window, { first, active, retained }),
    partial: from + index >= today,
  }));
  return { window, activity, days, freshness };
}
