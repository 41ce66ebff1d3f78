/** Erasures as records that are kept beside the backups, and put back after a restore. */
import { AppError, instantExpectation, parseInstant } from '@throughline/contracts';
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findErasureIdentifiers, maxRecorded, type ErasureRecord } from '../db/erasure-records.ts';
import { findErasure } from '../db/find-erasures.ts';
import { authorSchema } from './decision-parties.ts';
import { describeErasure, erasureSchema } from './erasure-answer.ts';
import { bodyCodes } from './parameters.ts';
import { uuidPattern } from './reference.ts';

export interface ErasureRecordRoutes {
  pool: Pool;
  /** False when it is there already. */
  restore: (record: ErasureRecord) => Promise<boolean>;
  canErase: RequestHook;
}

const id = z.string().regex(uuidPattern);
/** Of a day that there is: Postgres has no year 0. */
const instant = z.iso.datetime().refine((text) => parseInstant(text) !== null, instantExpectation);
const ids = z.array(id).max(maxRecorded);
const exampleId = '0f8fad5b-d9cb-469f-a165-70867728950e';
const recordSchema = z
  .strictObject({
    id,
    at: instant.describe('What occurred or was received by then is erased.'),
    profile: id,
    follows: id.nullable(),
    requestedBy: z.strictObject({ key: z.string().max(200), author: authorSchema.nullable() }),
    suppression: z.strictObject({ liftedAt: instant.nullable() }).nullable(),
    extent: ids.min(1).describe('Ids of identifiers: keyed hashes, without a value.'),
    unconfirmed: ids,
    shared: z
      .array(z.strictObject({ identifier: id, trust: z.enum(['public', 'server']) }))
      .max(maxRecorded)
      .describe('Those that were shared at the time.'),
  })
  .meta({
    examples: [
      {
        id: exampleId,
        at: '2026-03-01T12:00:00.000Z',
        profile: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
        follows: null,
        requestedBy: { key: 'admin', author: null },
        suppression: null,
        extent: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'],
        unconfirmed: [],
        shared: [],
      },
    ],
  });
/** A uuid is 39 bytes of JSON. */
const bodyLimit = 8 * 1024 * 1024;
const params = z.object({ id: z.string().meta({ description: 'Of the erasure.', examples: [exampleId] }) });

export function addErasureRecordRoutes(app: HttpApp, routes: ErasureRecordRoutes): void {
  addReadingRoute(app, routes);
  addRestoringRoute(app, routes);
}

function addReadingRoute(app: HttpApp, { pool, canErase }: ErasureRecordRoutes): void {
  app.get(
    '/v1/erasures/:id/record',
    {
      onRequest: canErase,
      schema: {
        tags: ['erasures'],
        operationId: 'getErasureRecord',
        summary: 'An erasure, to be kept outside of the database',
        description:
          'Needs an admin key. Holds the time and the ids of identifiers, and no value: with `PUT /v1/erasures/{id}` it is ' +
          'applied again to a database that was restored from a backup of before it.',
        params,
        querystring: z.strictObject({}),
        response: { 200: recordSchema, ...problemAnswers('invalid_parameter', 'erasure_not_found') },
      },
    },
    async ({ params: { id: erasureId } }) => {
      const found = uuidPattern.test(erasureId) ? await findErasure(pool, erasureId.toLowerCase()) : null;
      if (found === null) throw new AppError('erasure_not_found', '');
      const identifiers = await findErasureIdentifiers(pool, found.id);
      return {
        id: found.id,
        at: found.at,
        profile: found.profile,
        follows: found.follows,
        requestedBy: { key: found.madeWith, author: found.author },
        suppression: found.suppresses ? { liftedAt: found.suppressionEndedAt } : null,
        extent: [...identifiers.extent],
        unconfirmed: [...identifiers.unconfirmed],
        shared: [...identifiers.shared],
      };
    },
  );
}

function addRestoringRoute(app: HttpApp, { pool, restore, canErase }: ErasureRecordRoutes): void {
  app.put(
    '/v1/erasures/:id',
    {
      onRequest: canErase,
      bodyLimit,
      schema: {
        tags: ['erasures'],
        operationId: 'restoreErasure',
        summary: 'Apply an erasure again after a restore',
        description:
          'Needs an admin key. Takes what `GET /v1/erasures/{id}/record` answered: the same time and the same identifiers, so that ' +
          'what the person did afterwards stays. Again, it answers the same and does nothing.',
        params,
        querystring: z.strictObject({}),
        body: recordSchema,
        response: { 202: erasureSchema, ...problemAnswers(...bodyCodes, 'erasure_not_found') },
      },
    },
    async ({ params: { id: erasureId }, body }, reply) => {
      if (erasureId.toLowerCase() !== body.id.toLowerCase()) {
        throw new AppError('invalid_parameter', 'the path and the body name different erasures', {
          field: 'id',
          expected: 'the id of the path',
        });
      }
      if (Date.parse(body.at) > Date.now()) {
        throw new AppError('invalid_parameter', 'an erasure is not of the future', {
          field: 'at',
          expected: 'a time that has passed',
        });
      }
      await restore(body);
      const found = await findErasure(pool, body.id.toLowerCase());
      if (found === null) throw new AppError('erasure_not_found', '');
      return await reply.code(202).send(await describeErasure(pool, found));
    },
  );
}
