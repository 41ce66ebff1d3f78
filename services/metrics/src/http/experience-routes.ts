/** What customers say of their experience: NPS, CSAT and CES. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { effortOf, netPromoterOf, satisfactionOf, type ScoreCount } from '../core/experience.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { readScores, type ScoreRow } from '../db/read-scores.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery } from './query.ts';

const { experience: definition } = figureDefinitions;
const interval = z.object({ low: z.number(), high: z.number() }).nullable().describe('95 %.');
const number = z.number().nullable();
const histogram = z.array(z.object({ score: z.int(), answers: z.int() }));
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  from: z.string(),
  to: z.string(),
  nps: z.object({
    answers: z.int(),
    promoters: z.int(),
    passives: z.int(),
    detractors: z.int(),
    score: number.describe('100 * (promoters - detractors) / answers'),
    interval,
    histogram,
  }),
  csat: z.object({
    answers: z.int(),
    satisfied: z.int().describe('4 and 5 of 5.'),
    share: number.describe('satisfied / answers'),
    shareInterval: interval,
    mean: number,
    meanInterval: interval,
    histogram,
  }),
  ces: z.object({ answers: z.int(), mean: number, interval, histogram }),
  partial: z.boolean().describe('The last day is not over yet.'),
  freshness: freshnessSchema,
});
const columns = ['metric', 'channel', 'score', 'answers'];
/** Rows of an answer. */
const maxScores = 10_000;

export function addExperienceRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/experience',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'experience',
        tags: ['figures'],
        summary: 'NPS, CSAT and CES, with their histograms',
        description:
          'Needs a read key. From feedback touchpoints that name the metric (`metric`, else `survey`, else the name) and a ' +
          '`score`. CSV has the histograms by channel.',
        querystring: z.object({ ...rangeParameters, ...asOfParameter, ...formatParameter }),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\nnps,store,9,4\r\n`),
          ...problemAnswers('invalid_parameter', 'range_too_long', 'as_of_out_of_range'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['from', 'to', 'asOf', 'format']);
      const format = readFormat(request, query['format']);
      const { pool, generation } = reader;
      const { asOf, today, freshness, head } = await openView(reader, query);
      const range = readDayRange(query, today);
      const scores = await readScores(pool, generation, { ...range, asOf, limit: maxScores + 1 });
      limitScores(scores);
      const view = head('experience', range);
      if (format === 'csv') return await sendCsv(reply, columns, scores, freshness, view.self);
      const countsOf = (metric: string) => sumByScore(scores.filter((one) => one.metric === metric));
      const [nps, csat, ces] = [countsOf('nps'), countsOf('csat'), countsOf('ces')];
      return await reply.send({
        definition,
        ...view,
        from: formatDay(range.from),
        to: formatDay(range.to),
        nps: { ...netPromoterOf(nps), histogram: nps },
        csat: { ...satisfactionOf(csat), histogram: csat },
        ces: { ...effortOf(ces), histogram: ces },
        partial: range.to >= today,
        freshness,
      });
    },
  );
}

/** Only a server can name so many channels. @throws AppError range_too_long */
function limitScores(scores: readonly ScoreRow[]): void {
  if (scores.length <= maxScores) return;
  throw new AppError('range_too_long', 'there are too many channels for one answer: ask for fewer days', {
    field: 'from',
    expected: `at most ${maxScores} scores of metrics and channels`,
  });
}

function sumByScore(scores: readonly ScoreCount[]): ScoreCount[] {
  return [...Map.groupBy(scores, ({ score }) => score)]
    .map(([score, same]) => ({ score, answers: same.reduce((sum, { answers }) => sum + answers, 0) }))
    .toSorted((left, right) => left.score - right.score);
}
