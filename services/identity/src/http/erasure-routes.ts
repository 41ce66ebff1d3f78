/** Erasures: requested, confirmed where public evidence alone says who it is about, and followed until they are done. */
import { AppError } from '@throughline/contracts';
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { RequestedErasure } from '../consume/begin-erasure.ts';
import type { AskErased } from '../ask-metrics.ts';
import { findErasure, findErasures } from '../db/find-erasures.ts';
import type { DecidedBy } from '../db/save-decision.ts';
import { authorSchema } from './decision-parties.ts';
import { describeErasedFacts, describeErasure, erasureSchema } from './erasure-answer.ts';
import { decodeCursor, encodeCursor, positionAfter } from './page-cursor.ts';
import { bodyCodes, cursorParameter, limitParameter, parseLimit } from './parameters.ts';
import { uuidPattern } from './reference.ts';

/** What the write side does; each call is one transaction. */
export interface Eraser {
  /** Returns the id of the erasure. */
  begin(requested: RequestedErasure): Promise<string>;
  confirm(confirmed: {
    erasure: string;
    identifiers: readonly string[] | null;
    by: DecidedBy;
  }): Promise<string>;
  /** False when it suppresses nothing, or no longer. */
  liftSuppression(erasure: string): Promise<boolean>;
}

export interface ErasureRoutes {
  pool: Pool;
  erasures: Eraser;
  askErased: AskErased;
  canErase: RequestHook;
}

const exampleId = '0f8fad5b-d9cb-469f-a165-70867728950e';
const latest = '9999-12-31T23:59:59.999Z';
const idParameter = z.object({
  id: z.string().meta({ description: 'Of the erasure.', examples: [exampleId] }),
});
const yesOrNo = z.enum(['true', 'false']);

export function addErasureRoutes(app: HttpApp, routes: ErasureRoutes): void {
  addErasingRoute(app, routes);
  addConfirmingRoute(app, routes);
  addListingRoutes(app, routes);
  addLiftingRoute(app, routes);
}

function addErasingRoute(app: HttpApp, { pool, erasures, canErase }: ErasureRoutes): void {
  app.delete(
    '/v1/profiles/:id',
    {
      onRequest: canErase,
      schema: {
        tags: ['erasures'],
        operationId: 'eraseProfile',
        summary: 'Erase a person',
        description:
          'Needs an admin key, and the current id of the profile. What is written down at once is answered; the work is a job: ask for ' +
          'the erasure by its id. Touchpoints that occurred or were received until now and belong to the person go, also when they ' +
          'arrive later. What is linked to the profile by public evidence alone is listed as `unconfirmed` and stays, unless ' +
          '`includePublic` confirms it.',
        params: z.object({
          id: z.string().meta({ description: 'The current id of the profile.', examples: [exampleId] }),
        }),
        querystring: z.strictObject({
          suppress: yesOrNo.exactOptional().meta({
            description:
              'Keeps the person out from then on: touchpoints that name one of the identifiers are dropped.',
            examples: ['false'],
          }),
          includePublic: yesOrNo.exactOptional().meta({
            description: 'Confirms what is linked by public evidence alone. Default false.',
            examples: ['false'],
          }),
          author: authorSchema.exactOptional(),
        }),
        response: {
          202: erasureSchema,
          ...problemAnswers('invalid_parameter', 'profile_not_found', 'profile_moved'),
        },
      },
    },
    async ({ params, query, principal }, reply) => {
      if (!uuidPattern.test(params.id)) {
        throw new AppError('invalid_parameter', 'erasing needs the current id of the profile', {
          field: 'id',
          expected: 'the id that the profile is answered with',
        });
      }
      const id = await erasures.begin({
        profile: params.id.toLowerCase(),
        suppresses: query.suppress === 'true',
        includesPublic: query.includePublic === 'true',
        by: { key: principal?.source ?? '', author: query.author ?? null },
      });
      return await reply.code(202).send(await readErasure(pool, id));
    },
  );
}

function addConfirmingRoute(app: HttpApp, { pool, erasures, canErase }: ErasureRoutes): void {
  app.post(
    '/v1/erasures/:id/confirm',
    {
      onRequest: canErase,
      schema: {
        tags: ['erasures'],
        operationId: 'confirmErasure',
        summary: 'Erase what was attached to the person by public evidence alone',
        description: 'Needs an admin key. Makes an erasure of its own, which `follows` the one of the path.',
        params: idParameter,
        querystring: z.strictObject({}),
        body: z
          .strictObject({
            identifiers: z
              .union([z.literal('all'), z.array(z.string().regex(uuidPattern)).min(1).max(1_000)])
              .describe('Ids of `unconfirmed`, or all of them.'),
            author: authorSchema.exactOptional(),
          })
          .meta({ examples: [{ identifiers: 'all' }] }),
        response: {
          202: erasureSchema,
          ...problemAnswers(...bodyCodes, 'erasure_not_found'),
        },
      },
    },
    async ({ params, body, principal }, reply) => {
      const { id: erasure } = await readErasure(pool, params.id);
      const id = await erasures.confirm({
        erasure,
        identifiers: body.identifiers === 'all' ? null : body.identifiers,
        by: { key: principal?.source ?? '', author: body.author ?? null },
      });
      return await reply.code(202).send(await readErasure(pool, id));
    },
  );
}

function addListingRoutes(app: HttpApp, { pool, askErased, canErase }: ErasureRoutes): void {
  app.get(
    '/v1/erasures',
    {
      onRequest: canErase,
      schema: {
        tags: ['erasures'],
        operationId: 'listErasures',
        summary: 'All erasures, newest first',
        description: 'Needs an admin key.',
        querystring: z.strictObject({
          limit: limitParameter.exactOptional(),
          cursor: cursorParameter.exactOptional(),
        }),
        response: {
          200: z.object({ items: z.array(erasureSchema), nextCursor: z.string().nullable() }),
          ...problemAnswers('invalid_parameter'),
        },
      },
    },
    async ({ query }) => {
      const limit = parseLimit(query.limit);
      const before = query.cursor === undefined ? positionAfter(latest) : decodeCursor(query.cursor);
      const found = await findErasures(pool, before, limit + 1);
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1) : undefined;
      return {
        items: await Promise.all(page.map((erasure) => describeErasure(pool, erasure))),
        nextCursor: last === undefined ? null : encodeCursor({ at: last.at, id: last.id }),
      };
    },
  );

  app.get(
    '/v1/erasures/:id',
    {
      onRequest: canErase,
      schema: {
        tags: ['erasures'],
        operationId: 'findErasure',
        summary: 'How far an erasure is, and what it has removed',
        description: 'Needs an admin key. When it is done, it is the confirmation.',
        params: idParameter,
        querystring: z.strictObject({}),
        response: { 200: erasureSchema, ...problemAnswers('invalid_parameter', 'erasure_not_found') },
      },
    },
    async ({ params }) => {
      const erasure = await readErasure(pool, params.id);
      return { ...erasure, metrics: await describeErasedFacts(askErased, erasure) };
    },
  );
}

function addLiftingRoute(app: HttpApp, { pool, erasures, canErase }: ErasureRoutes): void {
  app.delete(
    '/v1/erasures/:id/suppression',
    {
      onRequest: canErase,
      schema: {
        tags: ['erasures'],
        operationId: 'liftSuppression',
        summary: 'Let a person in again who was kept out',
        description:
          'Needs an admin key. Touchpoints that are received from now on are stored. Again, it answers the same.',
        params: idParameter,
        querystring: z.strictObject({}),
        response: { 200: erasureSchema, ...problemAnswers('invalid_parameter', 'erasure_not_found') },
      },
    },
    async ({ params }) => {
      const { id } = await readErasure(pool, params.id);
      await erasures.liftSuppression(id);
      return await readErasure(pool, id);
    },
  );
}

/** @throws AppError erasure_not_found */
async function readErasure(pool: Pool, id: string): Promise<z.infer<typeof erasureSchema>> {
  const found = uuidPattern.test(id) ? await findErasure(pool, id.toLowerCase()) : null;
  if (found === null) throw new AppError('erasure_not_found', '');
  return await describeErasure(pool, found);
}
