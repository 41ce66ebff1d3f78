/** How far profiles come on the way through the stages that are asked for. */
import { AppError, relationships } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { findFunnel, maxFunnelProfiles, maxFunnelTouchpoints } from '../db/find-funnel.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type Query } from './query.ts';
import { readRelationship, relationshipParameter } from './relationship-parameter.ts';

const { funnel: definition } = figureDefinitions;
const maxSteps = 10;
const maxWindow = 366;
const defaultWindow = 30;
const share = z.number().nullable();
const answer = z.object({
  definition: z.string(),
  from: z.string(),
  to: z.string(),
  window: z.int(),
  steps: z.array(
    z.object({
      stage: z.string(),
      profiles: z.int(),
      conversion: share.describe('Of those that reached the first step.'),
      stepConversion: share.describe('Of those that reached the step before.'),
    }),
  ),
  partial: z.boolean().describe('The window of the last day is not over yet: more may follow.'),
  freshness: freshnessSchema,
});
const columns = ['stage', 'profiles', 'conversion', 'stepConversion'];

export function addFunnelRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/funnel',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: documentedRoute(stagesOf(reader)),
    },
    async (request, reply) => {
      const { catalog, pool, generation } = reader;
      const stages = stagesOf(reader);
      const query = readQuery(request.query, ['steps', 'window', 'from', 'to', 'relationship', 'format']);
      const format = readFormat(request, query['format']);
      const relationship = readRelationship(query);
      const steps = readSteps(query, stages);
      const window = readDays(query);
      const today = reader.today();
      const range = readDayRange(query, today);
      const freshness = await reader.freshness();
      const purchases = relationship === null ? null : (relationships.indexOf(relationship) as 0 | 1 | 2);
      const asked = { steps, ...range, window, purchases, activity: catalog.purchase };
      const { profiles, isTooLong } = await findFunnel(pool, generation, asked);
      if (isTooLong) {
        throw new AppError(
          'range_too_long',
          'too many profiles reach the first step in the range: ask for fewer days, numbers of ranges add up',
          {
            field: 'from',
            expected: `at most ${maxFunnelProfiles} profiles with ${maxFunnelTouchpoints} touchpoints of the first step`,
          },
        );
      }
      const rows = steps.map((stage, index) => {
        const [count, before] = [profiles[index] ?? 0, profiles[index - 1] ?? profiles[0] ?? 0];
        return {
          stage,
          profiles: count,
          conversion: ratio(count, profiles[0] ?? 0),
          stepConversion: ratio(count, before),
        };
      });
      if (format === 'csv') return await sendCsv(reply, columns, rows, freshness);
      const head = { definition, from: formatDay(range.from), to: formatDay(range.to), window };
      return await reply.send({ ...head, steps: rows, partial: range.to + window >= today, freshness });
    },
  );
}

function stagesOf({ catalog }: FigureReader): string[] {
  return catalog.settings.journeyMap.stages.map(({ name }) => name);
}

function documentedRoute(stages: readonly string[]) {
  return {
    operationId: 'funnel',
    tags: ['figures'],
    summary: 'Profiles by the steps that they reached',
    description:
      'Needs a read key. `from` and `to` are the days on which the first step was reached, for the first time ever; each ' +
      'next step is the first touchpoint of its stage that is strictly later than the step before. With `relationship`, ' +
      'that at the end of the day of the first step.',
    querystring: z.object({
      steps: z
        .string()
        .optional()
        .meta({
          description: `2 to ${maxSteps} stages, separated by commas. Default all of the journey map.`,
          examples: [stages.slice(0, 3).join(',')],
        }),
      window: z
        .string()
        .optional()
        .meta({
          description: `Days from the first step to the last, which is included, such as \`14d\`, at most ${maxWindow}. Default ${defaultWindow}d.`,
          examples: ['14d'],
        }),
      ...rangeParameters,
      ...relationshipParameter,
      ...formatParameter,
    }),
    response: {
      200: tableAnswers(answer, `${columns.join(',')}\r\nawareness,10,1,1\r\npurchase,4,0.4,0.4\r\n`),
      ...problemAnswers('invalid_parameter', 'range_too_long'),
    },
  };
}

function ratio(count: number, of: number): number | null {
  return of === 0 ? null : count / of;
}

/** @throws AppError invalid_parameter */
function readSteps(query: Query, stages: readonly string[]): string[] {
  const text = query['steps'];
  const steps = text === undefined ? stages.slice(0, maxSteps) : text.split(',');
  const isKnown = steps.every((step) => stages.includes(step)) && new Set(steps).size === steps.length;
  if (isKnown && steps.length >= 2 && steps.length <= maxSteps) return [...steps];
  throw new AppError('invalid_parameter', `steps are 2 to ${maxSteps} different stages of the journey map`, {
    field: 'steps',
    expected: stages.join(','),
  });
}

/** @throws AppError invalid_parameter */
function readDays(query: Query): number {
  const text = query['window'] ?? `${defaultWindow}d`;
  const days = Number(/^([1-9]\d{0,2})d?$/.exec(text)?.[1] ?? Number.NaN);
  if (days <= maxWindow) return days;
  throw new AppError('invalid_parameter', 'window is a number of days', {
    field: 'window',
    expected: `1d to ${maxWindow}d`,
  });
}
