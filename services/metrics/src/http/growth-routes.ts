/** Growth accounting, churn and retention: three views of the same days. */
import { AppError } from '@throughline/contracts';
import type { HttpApp, ServiceHttp } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { createSeriesValue, growthOn, type GrowthDay, type SeriesValue } from '../core/growth.ts';
import { readSeries } from '../db/read-series.ts';
import { sendCsv, wantsCsv, type CsvRow } from './csv.ts';
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
  window: number;
  activity: string;
  days: PresentedDay[];
  freshness: Freshness;
}

type PresentedDay = Omit<GrowthDay, 'day'> & { day: string; partial: boolean };

export function addGrowthRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  const addRoute = <T extends z.ZodObject>(
    path: string,
    summary: string,
    shape: T,
    pick: (day: PresentedDay) => z.infer<T> & CsvRow,
  ): void => {
    const columns = Object.keys(shape.shape);
    const answer = z.object({
      window: z.int(),
      activity: z.string(),
      days: z.array(shape),
      freshness: freshnessSchema,
    });
    app.get(
      `/v1/metrics/${path}`,
      {
        onRequest: requireKey('read'),
        schema: { tags: ['figures'], summary, querystring: query, response: { 200: answer } },
      },
      async (request: FastifyRequest, reply: FastifyReply) => {
        const { days, ...head } = await readGrowth(reader, readQuery(request.query, parameters));
        const rows = days.map(pick);
        if (wantsCsv(request)) return await sendCsv(reply, columns, rows, head.freshness);
        return await reply.send({ ...head, days: rows });
      },
    );
  };
  addRoute('growth', 'Growth accounting by day', growthDay, (figures) => {
    const { retention: _retention, churn: _churn, ...growth } = figures;
    return growth;
  });
  addRoute('churn', 'Churn by day', churnDay, ({ day, customersAtStart, churned, churn, partial }) => {
    return { day, customersAtStart, churned, rate: churn, partial };
  });
  addRoute('retention', 'Retention by day', retentionDay, (figures) => {
    const { day, customersAtStart, retained, retention, partial } = figures;
    return { day, customersAtStart, retained, rate: retention, partial };
  });
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
  const changes = await readSeries(pool, ids, { from: from - window, to });
  const valueOf = (id: number | undefined): SeriesValue =>
    createSeriesValue(changes.filter((change) => change.series === id));
  const [first, active, retained] = [valueOf(ids[0]), valueOf(ids[1]), valueOf(ids[2])];
  const days = Array.from({ length: to - from + 1 }, (_value, index) => ({
    ...growthOn(from + index, window, { first, active, retained }),
    day: formatDay(from + index),
    partial: from + index >= today,
  }));
  return { window, activity, days, freshness };
}
