/** How many profiles are in which stage of their journey, day by day. */
import type { HttpApp, ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { createSeriesValue, type SeriesValue } from '../core/growth.ts';
import { relationships, type Relationship } from '../core/series.ts';
import { readSeries } from '../db/read-series.ts';
import { sendCsv, wantsCsv } from './csv.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type DayRange } from './query.ts';

const counts = z.record(z.string(), z.int());
const answer = z.object({
  days: z.array(
    z.object({
      day: z.string(),
      stages: counts,
      /** The same, apart for prospects, customers and repeat customers. */
      relationships: z.record(z.enum(relationships), counts),
      partial: z.boolean(),
    }),
  ),
  freshness: freshnessSchema,
});

export function addStageRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/stages',
    {
      onRequest: requireKey('read'),
      schema: {
        tags: ['figures'],
        summary: 'Profiles by journey stage and day',
        querystring: z.looseObject({
          from: z.string().optional().describe('First day, YYYY-MM-DD. Default 29 days before `to`.'),
          to: z.string().optional().describe('Last day, included. Default today.'),
        }),
        response: { 200: answer },
      },
    },
    async (request, reply) => {
      const today = reader.today();
      const { from, to } = readDayRange(readQuery(request.query, ['from', 'to']), today);
      const freshness = await reader.freshness();
      const occupancy = await readOccupancy(reader, { from, to });
      const days = Array.from({ length: to - from + 1 }, (_value, index) => ({
        ...stagesOn(occupancy, from + index),
        partial: from + index >= today,
      }));
      if (!wantsCsv(request)) return await reply.send({ days, freshness });
      const columns = ['day', 'relationship', ...occupancy.keys(), 'partial'];
      const rows = days.flatMap(({ day, partial, ...rest }) =>
        relationships.map((relationship) => ({
          day,
          relationship,
          ...rest.relationships[relationship],
          partial,
        })),
      );
      return await sendCsv(reply, columns, rows, freshness);
    },
  );
}

type Occupancy = ReadonlyMap<string, readonly SeriesValue[]>;

async function readOccupancy(
  { catalog, seriesIds, pool }: FigureReader,
  range: DayRange,
): Promise<Occupancy> {
  const ids = [...catalog.occupancy.values()].flat().map((number) => seriesIds[number] ?? -1);
  const changes = Map.groupBy(await readSeries(pool, ids, range), ({ series }) => series);
  const valueOf = (number: number) => createSeriesValue(changes.get(seriesIds[number] ?? -1) ?? []);
  return new Map([...catalog.occupancy].map(([stage, numbers]) => [stage, numbers.map(valueOf)]));
}

function stagesOn(occupancy: Occupancy, number: number) {
  const stages: Record<string, number> = {};
  const byRelationship = Object.fromEntries(
    relationships.map((relationship) => [relationship, {}]),
  ) as Record<Relationship, Record<string, number>>;
  for (const [stage, values] of occupancy) {
    stages[stage] = 0;
    relationships.forEach((relationship, index) => {
      const count = values[index]?.(number) ?? 0;
      byRelationship[relationship][stage] = count;
      stages[stage] = (stages[stage] ?? 0) + count;
    });
  }
  return { day: formatDay(number), stages, relationships: byRelationship };
}
