/** By what figures are grouped, as operators choose it at run time. A change is a rebuild, like one of a definition. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { FigureGenerations } from '../consume/figure-generations.ts';
import { isSameJson } from '../core/is-same-json.ts';
import { groupingName } from '../core/grouping-series.ts';
import { groupingsExpectation, parseGroupings } from '../core/parse-groupings.ts';
import { findGroupings } from '../db/find-groupings.ts';
import { applyDefinitions, changeProblems, changeText } from './definition-routes.ts';
import { readQuery } from './query.ts';

export interface GroupingRouteParts {
  pool: Pool;
  generations: Pick<FigureGenerations, 'kept'>;
}

const answer = z.object({
  groupings: z.array(z.string()).describe('Two dimensions at once are joined by a plus.'),
  byOperator: z.boolean().describe('False while they are those of the setting `THROUGHLINE_GROUPS`.'),
  state: z
    .enum(['ready', 'backfilling'])
    .describe('`backfilling`: the figures are rebuilt with these, and are grouped as before until then.'),
  rebuild: z.string().nullable().describe('The rebuild that backfills them; null when they are ready.'),
});
const body = z.strictObject({
  groupings: z
    .array(z.string().max(250))
    .max(50)
    .meta({
      description: 'Those that are kept from now on, at most six. An empty list ends the groups.',
      examples: [['acquisitionChannel', 'homeStore+relationship']],
    }),
});

export function addGroupingRoutes(
  app: HttpApp,
  { pool, generations }: GroupingRouteParts,
  requireKey: ServiceHttp['requireKey'],
): void {
  const path = '/v1/metrics/groupings';
  const read = async (): Promise<z.infer<typeof answer>> => {
    const found = await findGroupings(pool);
    if (found === null) throw new AppError('not_found', 'there are no figures yet');
    const { groupings, byOperator, state, generation } = found;
    const rebuild = state === 'ready' ? null : String(generation);
    return { groupings: groupings.map(groupingName), byOperator, state, rebuild };
  };
  app.get(
    path,
    {
      onRequest: requireKey('read'),
      schema: {
        tags: ['definitions'],
        operationId: 'groupings',
        summary: 'By what figures are grouped',
        description: 'Needs a read key.',
        response: { 200: answer, ...problemAnswers('invalid_parameter', 'not_found') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      return await read();
    },
  );
  app.put(
    path,
    {
      onRequest: requireKey('admin'),
      schema: {
        tags: ['definitions'],
        operationId: 'putGroupings',
        summary: 'Choose by what figures are grouped',
        description: `${changeText} They take the place of the setting \`THROUGHLINE_GROUPS\`.`,
        body,
        response: { 202: answer, ...problemAnswers(...changeProblems) },
      },
    },
    async (request, reply) => {
      readQuery(request.query, []);
      const groupings = parseGroupings(request.body.groupings);
      if (groupings === null) {
        throw new AppError('invalid_parameter', `groupings must be ${groupingsExpectation}`, {
          field: 'groupings',
          expected: groupingsExpectation,
        });
      }
      const kept = generations.kept();
      if (!isSameJson(kept.groupings, groupings))
        await applyDefinitions(pool, { ...kept, groupings, hasOperatorsGroupings: true });
      return await reply.code(202).send(await read());
    },
  );
}
