/** How long profiles stay in the stages of their journeys. */
import { relationships, type Relationship } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import type { AsOf } from '../core/as-of.ts';
import { formatDay } from '../core/calendar.ts';
import { summarizeDwell } from '../core/dwell-histogram.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { createSeriesValue } from '../core/growth.ts';
import { readEvents } from '../db/read-events.ts';
import { readSeries } from '../db/read-series.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type DayRange } from './query.ts';
import { readRelationship, relationshipParameter } from './relationship-parameter.ts';

const length = z.number().nullable();
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  from: z.string(),
  to: z.string(),
  longestSpell: z.int().describe('Days up to which lengths are counted apart.'),
  stages: z.array(
    z.object({
      stage: z.string(),
      ended: z.int().describe('Spells that ended within the days asked for.'),
      open: z
        .int()
        .describe('Spells that were still running at the end of the last day; in no other number here.'),
      longer: z.int().describe('Of the ended ones, those longer than `longestSpell`.'),
      mean: length.describe('Null also where some are longer.'),
      median: length,
      p25: length,
      p75: length,
      p90: length,
      histogram: z.array(z.object({ days: z.int(), spells: z.int() })),
    }),
  ),
  partial: z.boolean().describe('The last day is not over yet.'),
  freshness: freshnessSchema,
});
const { stageDwell: definition } = figureDefinitions;
const columns = ['stage', 'days', 'spells'];
/** More than there are stages, relationships and lengths. */
const maxRows = 100_000;

export function addStageDwellRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/stages/dwell',
    { onRequest: requireKey('read'), validatorCompiler: readByRoute, schema: documentedRoute },
    async (request, reply) => {
      const query = readQuery(request.query, ['from', 'to', 'relationship', 'asOf', 'format']);
      const format = readFormat(request, query['format']);
      const relationship = readRelationship(query);
      const { asOf, today, freshness, head } = await openView(reader, query);
      const range = readDayRange(query, today);
      const shown = relationship === null ? relationships : [relationship];
      const stages = await readDwell(reader, { ...range, asOf }, shown);
      const about = head('stages/dwell', range);
      if (format === 'csv') {
        const rows = stages.flatMap(({ stage, histogram, longer, open }) => [
          ...histogram.map((one) => ({ stage, ...one })),
          { stage, days: 'longer', spells: longer },
          { stage, days: 'open', spells: open },
        ]);
        return await sendCsv(reply, columns, rows, freshness, about.self);
      }
      const { longestSpell } = reader.catalog;
      const days = { from: formatDay(range.from), to: formatDay(range.to), longestSpell };
      return await reply.send({
        definition,
        ...about,
        ...days,
        stages,
        partial: range.to >= today,
        freshness,
      });
    },
  );
}

const documentedRoute = {
  operationId: 'stageDwell',
  tags: ['figures'],
  summary: 'How long profiles stay in journey stages',
  description:
    'Needs a read key. CSV has a row for each length of ended spells, one with `longer`, and one with `open`.',
  querystring: z.object({
    ...rangeParameters,
    ...relationshipParameter,
    ...asOfParameter,
    ...formatParameter,
  }),
  response: {
    200: tableAnswers(
      answer,
      `${columns.join(',')}\r\npurchase,14,3\r\npurchase,longer,0\r\npurchase,open,7\r\n`,
    ),
    ...problemAnswers('invalid_parameter', 'range_too_long', 'as_of_out_of_range'),
  },
};

async function readDwell(
  reader: FigureReader,
  range: DayRange & { asOf: AsOf | null },
  shown: readonly Relationship[],
) {
  const { catalog, pool, generation } = reader;
  const asked = { figure: 'dwell', ...range, byDay: false, limit: maxRows } as const;
  const events = await readEvents(pool, generation, asked);
  const openIn = await readOccupancy(reader, range.to, range.asOf);
  return [...catalog.occupancy].map(([stage, numbers]) => {
    const spells = events
      .filter(({ dimensions }) => dimensions['stage'] === stage)
      .filter(({ dimensions }) => shown.some((one) => one === dimensions['relationship']))
      .map(({ dimensions, count }) => ({ days: Number(dimensions['days']), spells: count }));
    const open = shown.reduce((sum, name) => sum + openIn(numbers[relationships.indexOf(name)]), 0);
    return { stage, open, ...summarizeDwell(spells, catalog.longestSpell) };
  });
}

/** By the number of the series. */
async function readOccupancy(
  { catalog, pool, seriesIds }: FigureReader,
  day: number,
  asOf: AsOf | null,
): Promise<(number: number | undefined) => number> {
  const idOf = (number: number | undefined) => seriesIds[number ?? -1] ?? -1;
  const ids = [...catalog.occupancy.values()].flat().map(idOf);
  const changes = Map.groupBy(
    await readSeries(pool, ids, { from: day, to: day }, asOf),
    ({ series }) => series,
  );
  return (number) => createSeriesValue(changes.get(idOf(number)) ?? [])(day);
}
