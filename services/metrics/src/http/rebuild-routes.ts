/** Rebuilds: a generation of figures computed again from the stored touchpoints, beside the one in use, and then put in its place. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { FigureGenerations } from '../consume/figure-generations.ts';
import { abandonRebuild, beginRebuild, findRebuild, findRebuilds, type Rebuild } from '../db/rebuilds.ts';
import { readQuery } from './query.ts';

const rebuild = z.object({
  id: z.string(),
  state: z
    .enum(['running', 'done', 'abandoned'])
    .describe('`done`: its figures are in use, or were until others took their place.'),
  step: z
    .enum(['memberships', 'touchpoints', 'verification'])
    .nullable()
    .describe('What a running one is at; null of others.'),
  touchpoints: z.int().describe('That it holds.'),
  expectedTouchpoints: z.int().nullable().describe('An estimate, made when it began.'),
  startedAt: z.string(),
  inUseFrom: z.string().nullable(),
  message: z.string().nullable().describe('Why it was abandoned.'),
});

const list = z.object({
  needed: z
    .array(z.string())
    .describe('Settings of this process that the figures in use are not made with; a rebuild applies them.'),
  items: z.array(rebuild).describe('The newest first, at most 20.'),
});

export interface RebuildRouteParts {
  pool: Pool;
  generations: Pick<FigureGenerations, 'wanted' | 'differing'>;
}

const maxItems = 20;
const bodyProblems = [
  'invalid_parameter',
  'empty_body',
  'malformed_json',
  'forbidden_key',
  'nesting_too_deep',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
] as const;

export function addRebuildRoutes(
  app: HttpApp,
  { pool, generations }: RebuildRouteParts,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.post(
    '/v1/metrics/rebuilds',
    {
      onRequest: requireKey('admin'),
      schema: {
        operationId: 'beginRebuild',
        tags: ['rebuilds'],
        summary: 'Compute the figures again',
        description:
          'Needs an admin key. With the settings of the process that answers. The figures in use stay until the new ones hold all ' +
          'touchpoints and are verified; then these take their place at one moment. Names the one that runs already.',
        response: { 202: z.object({ id: z.string() }), ...problemAnswers(...bodyProblems) },
      },
    },
    async (request, reply) => {
      readQuery(request.query, []);
      const { id } = await beginRebuild(pool, generations.wanted());
      return await reply.code(202).send({ id: String(id) });
    },
  );
  app.get(
    '/v1/metrics/rebuilds',
    {
      onRequest: requireKey('read'),
      schema: {
        operationId: 'rebuilds',
        tags: ['rebuilds'],
        summary: 'Rebuilds, and whether one is needed',
        description: 'Needs a read key.',
        response: { 200: list, ...problemAnswers('invalid_parameter') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      const items = (await findRebuilds(pool, maxItems)).map(present);
      return { needed: [...generations.differing()], items };
    },
  );
  addOneRoutes(app, pool, requireKey);
}

function addOneRoutes(app: HttpApp, pool: Pool, requireKey: ServiceHttp['requireKey']): void {
  const common = { tags: ['rebuilds'], params: z.object({ id: z.string() }) };
  app.get(
    '/v1/metrics/rebuilds/:id',
    {
      onRequest: requireKey('read'),
      schema: {
        ...common,
        operationId: 'rebuild',
        summary: 'Progress of a rebuild',
        description: 'Needs a read key.',
        response: { 200: rebuild, ...problemAnswers('invalid_parameter', 'rebuild_not_found') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      return present(await requireRebuild(pool, request.params.id));
    },
  );
  app.delete(
    '/v1/metrics/rebuilds/:id',
    {
      onRequest: requireKey('admin'),
      schema: {
        ...common,
        operationId: 'abandonRebuild',
        summary: 'Give up a rebuild',
        description: 'Needs an admin key. The figures in use stay. One that is done is not undone.',
        response: { 200: rebuild, ...problemAnswers(...bodyProblems, 'rebuild_not_found') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      const { id } = await requireRebuild(pool, request.params.id);
      await abandonRebuild(pool, id, 'abandoned by request');
      return present(await requireRebuild(pool, String(id)));
    },
  );
}

/** @throws AppError rebuild_not_found */
async function requireRebuild(pool: Pool, id: string): Promise<Rebuild> {
  const found = /^[1-9]\d{0,4}$/.test(id) && Number(id) < 32_768 ? await findRebuild(pool, Number(id)) : null;
  if (found === null) throw new AppError('rebuild_not_found', '');
  return found;
}

function present({
  id,
  state,
  startedAt,
  currentFrom,
  factsFilled,
  factsExpected,
  message,
  isFilled,
}: Rebuild): z.infer<typeof rebuild> {
  const isRunning = state === 'copying' || state === 'filling';
  return {
    id: String(id),
    state: isRunning ? 'running' : state === 'abandoned' ? 'abandoned' : 'done',
    step: !isRunning ? null : state === 'copying' ? 'memberships' : isFilled ? 'verification' : 'touchpoints',
    touchpoints: factsFilled,
    expectedTouchpoints: factsExpected,
    startedAt: startedAt.toISOString(),
    inUseFrom: currentFrom?.toISOString() ?? null,
    message,
  };
}
