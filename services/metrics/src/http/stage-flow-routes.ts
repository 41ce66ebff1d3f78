/** How profiles move between the stages of their journeys. */
import { AppError, relationships, type Relationship } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AsOf } from '../core/as-of.ts';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { stageFlows, stageMoveOf, stageTransitions, type StageMove } from '../core/stage-flows.ts';
import { readEvents } from '../db/read-events.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type DayRange } from './query.ts';
import { readRelationship, relationshipParameter } from './relationship-parameter.ts';

const parameters = ['from', 'to', 'relationship', 'asOf', 'format'];
/** Numbers that an answer is made from. */
const maxRows = 200_000;
const flow = z.record(z.string(), z.object({ entries: z.int(), exits: z.int() }));
const flowAnswer = z.object({
  definition: z.string(),
  ...viewSchema,
  days: z.array(
    z.object({
      day: z.string(),
      stages: flow,
      relationships: z
        .partialRecord(z.enum(relationships), flow)
        .describe(
          'Apart by relationship: who changes it within a stage leaves the one and enters the other.',
        ),
      partial: z.boolean(),
    }),
  ),
  freshness: freshnessSchema,
});
const transitionAnswer = z.object({
  definition: z.string(),
  ...viewSchema,
  from: z.string(),
  to: z.string(),
  transitions: z.array(
    z.object({
      from: z.string().nullable().describe('Null before the first stage.'),
      to: z.string(),
      count: z.int(),
      relationships: z.record(z.enum(relationships), z.int()).describe('By that at the end of the day.'),
    }),
  ),
  partial: z.boolean().describe('The last day is not over yet.'),
  freshness: freshnessSchema,
});
const flowColumns = ['day', 'relationship', 'stage', 'entries', 'exits', 'partial'];
const transitionColumns = ['from', 'to', 'count', ...relationships];

export function addStageFlowRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  const stagesOf = () => [...reader.catalog.occupancy.keys()];
  app.get(
    '/v1/metrics/stages/flows',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: documentedRoute(
        { id: 'stageFlows', summary: 'Entries into journey stages and exits from them, by day' },
        tableAnswers(flowAnswer, `${flowColumns.join(',')}\r\n2026-03-10,customer,purchase,2,1,false\r\n`),
      ),
    },
    async (request, reply) => await answerFlows(reader, stagesOf(), request, reply),
  );
  app.get(
    '/v1/metrics/stages/transitions',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: documentedRoute(
        { id: 'stageTransitions', summary: 'Transitions between journey stages' },
        tableAnswers(
          transitionAnswer,
          `${transitionColumns.join(',')}\r\nconsideration,purchase,2,0,1,1\r\n`,
        ),
      ),
    },
    async (request, reply) => {
      const { format, relationship, range, view } = await readQuestion(reader, request);
      const { today, freshness, head } = view;
      const moves = await readMoves(reader, { ...range, asOf: view.asOf, byDay: false });
      const about = head('stages/transitions', range);
      const transitions = stageTransitions(moves, stagesOf(), relationship);
      if (format === 'csv') {
        const rows = transitions.map(({ relationships: counts, ...row }) => ({ ...row, ...counts }));
        return await sendCsv(reply, transitionColumns, rows, freshness, about.self);
      }
      const { stageTransitions: definition } = figureDefinitions;
      const days = { from: formatDay(range.from), to: formatDay(range.to) };
      return await reply.send({
        definition,
        ...about,
        ...days,
        transitions,
        partial: range.to >= today,
        freshness,
      });
    },
  );
}

async function answerFlows(
  reader: FigureReader,
  stages: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { format, relationship, range, view } = await readQuestion(reader, request);
  const { today, freshness, head } = view;
  const asked = { ...range, asOf: view.asOf, byDay: true };
  const moves = Map.groupBy(await readMoves(reader, asked), ({ day }) => day);
  const about = head('stages/flows', range);
  const shown: readonly Relationship[] = relationship === null ? relationships : [relationship];
  const days = Array.from({ length: range.to - range.from + 1 }, (_value, index) => {
    const number = range.from + index;
    const own = moves.get(number) ?? [];
    return {
      day: formatDay(number),
      stages: stageFlows(own, stages, relationship),
      relationships: shown.map((name) => [name, stageFlows(own, stages, name)] as const),
      partial: number >= today,
    };
  });
  if (format === 'csv') {
    const rows = days.flatMap(({ day, partial, ...rest }) =>
      rest.relationships.flatMap(([name, flows]) =>
        [...flows].map(([stage, counts]) => ({ day, relationship: name, stage, ...counts, partial })),
      ),
    );
    return await sendCsv(reply, flowColumns, rows, freshness, about.self);
  }
  const presented = days.map((one) => ({
    ...one,
    stages: Object.fromEntries(one.stages),
    relationships: Object.fromEntries(
      one.relationships.map(([name, flows]) => [name, Object.fromEntries(flows)]),
    ),
  }));
  const { stageFlows: definition } = figureDefinitions;
  return await reply.send({ definition, ...about, days: presented, freshness });
}

async function readQuestion(reader: FigureReader, request: FastifyRequest) {
  const query = readQuery(request.query, parameters);
  const format = readFormat(request, query['format']);
  const view = await openView(reader, query);
  return { format, relationship: readRelationship(query), range: readDayRange(query, view.today), view };
}

/** @throws AppError range_too_long */
async function readMoves(
  { pool, generation }: FigureReader,
  asked: DayRange & { asOf: AsOf | null; byDay: boolean },
): Promise<StageMove[]> {
  const events = await readEvents(pool, generation, {
    figure: 'transition',
    ...asked,
    limit: maxRows + 1,
  });
  if (events.length <= maxRows) return events.map((event) => stageMoveOf(event.dimensions, event));
  throw new AppError('range_too_long', 'there are too many transitions on too many days for one answer', {
    field: 'from',
    expected: `at most ${maxRows} numbers`,
  });
}

function documentedRoute<Answer>({ id, summary }: { id: string; summary: string }, answer: Answer) {
  return {
    operationId: id,
    tags: ['figures'],
    summary,
    description: 'Needs a read key.',
    querystring: z.object({
      ...rangeParameters,
      ...relationshipParameter,
      ...asOfParameter,
      ...formatParameter,
    }),
    response: { 200: answer, ...problemAnswers('invalid_parameter', 'range_too_long', 'as_of_out_of_range') },
  };
}
