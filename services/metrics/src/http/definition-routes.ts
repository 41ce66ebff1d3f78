/**
 * Activities and the journey map as operators define them, at run time: a change is a rebuild of the figures with it, beside the
 * stream, and the figures switch whole when it is done.
 */
import {
  activityFilterSchema,
  AppError,
  journeyMapSchema,
  shippedActivities,
  type ActivityDefinition,
  type JourneyMap,
} from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { FigureGenerations } from '../consume/figure-generations.ts';
import { isSameJson } from '../core/is-same-json.ts';
import type { WantedSettings } from '../core/generation-settings.ts';
import { lapsedStage } from '../core/series.ts';
import { findDefinitions, type FoundDefinition } from '../db/find-definitions.ts';
import { beginRebuild } from '../db/rebuilds.ts';
import { readQuery } from './query.ts';

export interface DefinitionRouteParts {
  pool: Pool;
  generations: Pick<FigureGenerations, 'kept'>;
}

/** Of each the figures are kept by window: more would make every touchpoint dearer. */
const maxActivities = 20;
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,49}$/);

const state = z.object({
  version: z.int(),
  state: z
    .enum(['ready', 'backfilling'])
    .describe(
      '`backfilling`: the figures are rebuilt with it, and are answered without it until that is done.',
    ),
  rebuild: z.string().nullable().describe('The rebuild that backfills it; null when it is ready.'),
});
const activity = z.object({
  name: z.string(),
  ...state.shape,
  filter: activityFilterSchema,
  perTransaction: z.boolean(),
  ships: z.boolean().describe('Whether it comes with the release, and cannot be changed.'),
});
const journeyMap = z.object({ ...state.shape, map: journeyMapSchema });
const activityBody = z.strictObject({
  filter: activityFilterSchema.meta({
    description:
      'Which touchpoints are occurrences: those that fulfil every clause of `all` and, if there are any, one of `any`.',
  }),
  perTransaction: z
    .boolean()
    .default(false)
    .describe('Whether touchpoints that name one transaction count once, and refunds and voids not.'),
});

export const changeProblems = [
  'invalid_parameter',
  'empty_body',
  'malformed_json',
  'forbidden_key',
  'nesting_too_deep',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
  'definition_conflict',
] as const;
export const changeText =
  'Needs an admin key. Begins a rebuild of the figures with it, and nothing else changed; `asOf` before its end answers as ' +
  'before. The same definition again changes nothing. While a rebuild runs there is no other.';

export function addDefinitionRoutes(
  app: HttpApp,
  parts: DefinitionRouteParts,
  requireKey: ServiceHttp['requireKey'],
): void {
  addActivityReads(app, parts, requireKey);
  addActivityChange(app, parts, requireKey);
  addJourneyMapRoutes(app, parts, requireKey);
}

function addActivityReads(
  app: HttpApp,
  { pool }: DefinitionRouteParts,
  requireKey: ServiceHttp['requireKey'],
): void {
  const common = { tags: ['definitions'], description: 'Needs a read key.' };
  app.get(
    '/v1/metrics/activities',
    {
      onRequest: requireKey('read'),
      schema: {
        ...common,
        operationId: 'activities',
        summary: 'The activities that figures are kept of',
        response: { 200: z.object({ items: z.array(activity) }), ...problemAnswers('invalid_parameter') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      const found = await findDefinitions(pool, 'activity');
      const newest = found.filter((one, place) => found[place - 1]?.name !== one.name);
      return { items: newest.map(presentActivity) };
    },
  );
  app.get(
    '/v1/metrics/activities/:name',
    {
      onRequest: requireKey('read'),
      schema: {
        ...common,
        operationId: 'activity',
        summary: 'An activity',
        params: z.object({ name: z.string() }),
        response: { 200: activity, ...problemAnswers('invalid_parameter', 'not_found') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      const { name: asked } = request.params;
      const found = (await findDefinitions(pool, 'activity')).find((one) => one.name === asked);
      if (found === undefined) throw new AppError('not_found', 'there is no such activity');
      return presentActivity(found);
    },
  );
}

function addActivityChange(
  app: HttpApp,
  { pool, generations }: DefinitionRouteParts,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.put(
    '/v1/metrics/activities/:name',
    {
      onRequest: requireKey('admin'),
      schema: {
        tags: ['definitions'],
        operationId: 'putActivity',
        summary: 'Define an activity',
        description: changeText,
        params: z.object({ name }),
        body: activityBody,
        response: { 202: activity, ...problemAnswers(...changeProblems) },
      },
    },
    async (request, reply) => {
      readQuery(request.query, []);
      const { filter, perTransaction } = request.body;
      const definition: ActivityDefinition = { name: request.params.name, filter, perTransaction };
      if (shippedActivities.some((one) => one.name === definition.name))
        throw new AppError(
          'definition_conflict',
          `${definition.name} comes with the release: give yours another name`,
        );
      const kept = generations.kept();
      const others = kept.activities.filter((one) => one.name !== definition.name);
      if (others.length >= maxActivities)
        throw new AppError('definition_conflict', `there are at most ${maxActivities} activities`);
      const activities = [...others, definition];
      const held = kept.activities.find((one) => one.name === definition.name);
      if (!isSameJson(held, definition)) await applyDefinitions(pool, { ...kept, activities });
      const found = (await findDefinitions(pool, 'activity')).find((one) => one.name === definition.name);
      if (found === undefined) throw new AppError('definition_conflict', 'the rebuild was given up');
      return await reply.code(202).send(presentActivity(found));
    },
  );
}

function addJourneyMapRoutes(
  app: HttpApp,
  { pool, generations }: DefinitionRouteParts,
  requireKey: ServiceHttp['requireKey'],
): void {
  const read = async () => {
    const [found] = await findDefinitions(pool, 'journey_map');
    if (found === undefined) throw new AppError('not_found', 'there is no journey map yet');
    return { ...presentState(found), map: found.content };
  };
  app.get(
    '/v1/metrics/journey-map',
    {
      onRequest: requireKey('read'),
      schema: {
        tags: ['definitions'],
        operationId: 'journeyMap',
        summary: 'The journey map',
        description:
          'Needs a read key. The rules that give touchpoints their stage; the first that matches does.',
        response: { 200: journeyMap, ...problemAnswers('invalid_parameter', 'not_found') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      return await read();
    },
  );
  app.put(
    '/v1/metrics/journey-map',
    {
      onRequest: requireKey('admin'),
      schema: {
        tags: ['definitions'],
        operationId: 'putJourneyMap',
        summary: 'Change the journey map',
        description: changeText,
        body: journeyMapSchema,
        response: { 202: journeyMap, ...problemAnswers(...changeProblems) },
      },
    },
    async (request, reply) => {
      readQuery(request.query, []);
      const map = request.body;
      checkStages(map);
      const kept = generations.kept();
      if (!isSameJson(kept.journeyMap, map))
        await applyDefinitions(pool, { ...kept, journeyMap: map, hasOperatorsMap: true });
      return await reply.code(202).send(await read());
    },
  );
}

/** @throws AppError definition_conflict while another rebuild runs */
export async function applyDefinitions(pool: Pool, wanted: WantedSettings): Promise<void> {
  const { id, begun } = await beginRebuild(pool, wanted);
  if (!begun)
    throw new AppError('definition_conflict', `rebuild ${id} runs: wait until it is done, or give it up`);
}

/** @throws AppError invalid_parameter */
function checkStages({ stages, rules }: JourneyMap): void {
  const names = stages.map((stage) => stage.name);
  const fail = (detail: string, field: string) => {
    throw new AppError('invalid_parameter', detail, { field });
  };
  if (new Set(names).size < names.length) fail('a stage is named twice', 'stages');
  if (names.includes(lapsedStage))
    fail(`${lapsedStage} is what profiles without engagement are in`, 'stages');
  const place = rules.findIndex(({ stage }) => !names.includes(stage));
  if (place !== -1) fail('the rule names a stage that is not among the stages', `rules[${place}].stage`);
}

function presentState({ version, state: now, generation }: FoundDefinition<unknown>): z.infer<typeof state> {
  return { version, state: now, rebuild: now === 'ready' ? null : String(generation) };
}

function presentActivity(found: FoundDefinition<ActivityDefinition>): z.infer<typeof activity> {
  const { filter, perTransaction } = found.content;
  return { name: found.name, ...presentState(found), filter, perTransaction, ships: !found.byOperator };
}
