/** How many profiles are in which stage of their journey, day by day. */
import { relationships, type Relationship } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { createSeriesValue, type SeriesValue } from '../core/growth.ts';
import { readSeries } from '../db/read-series.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { AsOf } from '../core/as-of.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type DayRange } from './query.ts';

const counts = z.record(z.string(), z.int());
const { stages: definition } = figureDefinitions;
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  days: z.array(
    z.object({
      day: z.string(),
      stages: counts,
      relationships: z
        .record(z.enum(relationships), counts)
        .describe('The same, apart for prospects, customers and repeat customers.'),
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
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'stages',
        tags: ['figures'],
        summary: 'Profiles by journey stage and day',
        description: 'Needs a read key.',
        querystring: z.object({ ...rangeParameters, ...asOfParameter, ...formatParameter }),
        response: {
          200: tableAnswers(answer, csvExample([...reader.catalog.occupancy.keys()])),
          ...problemAnswers('invalid_parameter', 'range_too_long', 'as_of_out_of_range'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['from', 'to', 'asOf', 'format']);
      const format = readFormat(request, query['format']);
      const { asOf, today, freshness, head } = await openView(reader, query);
      const { from, to } = readDayRange(query, today);
      const occupancy = await readOccupancy(reader, { from, to }, asOf);
      const view = head('stages', { from, to });
      const days = Array.from({ length: to - from + 1 }, (_value, index) => ({
        ...stagesOn(occupancy, from + index),
        partial: from + index >= today,
      }));
      if (format === 'json') return await reply.send({ definition, ...view, days, freshness });
      const columns = ['day', 'relationship', ...occupancy.keys(), 'partial'];
      const rows = days.flatMap(({ day, partial, ...rest }) =>
        relationships.map((relationship) => ({
          day,
          relationship,
          ...rest.relationships[relationship],
          partial,
        })),
      );
      return await sendCsv(reply, columns, rows, freshness, view.self);
    },
  );
}

function csvExample(stages: readonly string[]): string {
  const rows = relationships.map((relationship) =>
    ['2026-03-10', relationship, ...stages.map(() => '0'), 'false'].join(','),
  );
  return [['day', 'relationship', ...stages, 'partial'].join(','), ...rows, ''].join('\r\n');
}

type Occupancy = ReadonlyMap<string, readonly SeriesValue[]>;

async function readOccupancy(
  { catalog, seriesIds, pool }: FigureReader,
  range: DayRange,
  asOf: AsOf | null,
): Promise<Occupancy> {
  const ids = [...catalog.occupancy.values()].flat().map((number) => seriesIds[number] ?? -1);
  const changes = Map.groupBy(await readSeries(pool, ids, range, asOf), ({ series }) => series);
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
