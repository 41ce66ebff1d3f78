/** The rejected store for operators: what was refused and why, and a second try once the reason is gone. */
import { AppError, rejectedItemSchema, type KeyKind } from '@throughline/contracts';
import { cursorMaxLength, problemAnswers, type HttpApp, type RequestHook } from '@throughline/runtime';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { findRejectedBodies, type RejectedBodies } from '../db/find-rejected-bodies.ts';
import { findRejected } from '../db/find-rejected.ts';
import { conflictCode, findRejectedPage, type RejectedListRow } from '../db/find-rejected-page.ts';
import { markReplayed } from '../db/mark-replayed.ts';
import type { RejectedTouchpointRow } from '../db/schema.ts';
import { storedRequest } from '../receive/stored-request.ts';
import type { Receiver } from '../receive/receive-items.ts';
import { rejectedAnswerSchema } from './ingest-schemas.ts';
import { parseRejectedCursor, receiptTime, writeRejectedCursor } from './rejected-cursor.ts';

export interface RejectedRouteParts {
  database: NodePgDatabase;
  receiver: Receiver;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
}

const listed = rejectedItemSchema
  .omit({ body: true, bodyEncoding: true, standingBody: true })
  .extend({ replayedAt: z.string().nullable() });
const bodies = rejectedItemSchema.pick({ body: true, bodyEncoding: true, standingBody: true });
const whole = listed.extend(bodies.shape);
/** Of a list of conflicts, whose items carry both bodies. */
const conflictsPerPage = 20;
const toDate = (text: string): Date => new Date(text);
const exampleId = '4c7d3f70-25a6-4c1e-b7a2-90d1f3b65e08';
const byId = z.object({ rejectionId: z.uuid().meta({ examples: [exampleId] }) });

export function addRejectedRoutes(app: HttpApp, parts: RejectedRouteParts): void {
  // No kind but admin, which passes everywhere.
  const onRequest = parts.requireKey();
  addListRoute(app, parts, onRequest);
  app.get(
    '/v1/rejected/:rejectionId',
    {
      onRequest,
      schema: {
        operationId: 'rejectedItem',
        tags: ['rejected'],
        description: 'Needs an admin key.',
        summary: 'One rejected item with its text',
        params: byId,
        response: { 200: whole, ...problemAnswers('invalid_parameter', 'rejection_not_found') },
      },
    },
    async (request) => {
      const row = await findOrThrow(parts, request.params.rejectionId);
      return { ...answerOf(row), ...bodiesOf(row) };
    },
  );
  app.post(
    '/v1/rejected/:rejectionId/replay',
    {
      onRequest,
      schema: {
        operationId: 'replayRejectedItem',
        tags: ['rejected'],
        description: 'Needs an admin key.',
        summary: 'Decides a rejected item again, as of the time and by the key that first brought it',
        params: byId,
        querystring: z.strictObject({
          dryRun: z.stringbool().default(false).describe('Decides, and does nothing else.'),
        }),
        response: {
          200: z.object({ accepted: z.int(), rejected: z.array(rejectedAnswerSchema) }),
          ...problemAnswers('invalid_parameter', 'rejection_not_found', 'not_replayable', 'log_unavailable'),
        },
      },
    },
    async (request) => {
      const row = await findOrThrow(parts, request.params.rejectionId);
      if (row.code === conflictCode) {
        throw new AppError(
          'not_replayable',
          'the touchpoint that came first stands; send the other under a new id',
        );
      }
      const stored = { ...storedRequest(row, request.id), traceparent: request.trace?.traceparent };
      const { dryRun } = request.query;
      const { accepted, rejected } = await (dryRun
        ? parts.receiver.decide(stored)
        : parts.receiver.receive(stored));
      if (accepted > 0 && !dryRun) await markReplayed(parts.database, row.rejectionId);
      return { accepted, rejected };
    },
  );
}

function addListRoute(app: HttpApp, { database }: RejectedRouteParts, onRequest: RequestHook): void {
  app.get(
    '/v1/rejected',
    {
      onRequest,
      schema: {
        operationId: 'rejectedItems',
        tags: ['rejected'],
        summary: 'Rejected items, newest first',
        description: `Needs an admin key. Of the code ${conflictCode} each item has both bodies: \`body\` came later, \`standingBody\` stands. A page then has at most ${conflictsPerPage} items.`,
        querystring: z.strictObject({
          code: z.string().max(100).exactOptional(),
          source: z.string().max(100).exactOptional(),
          from: receiptTime.transform(toDate).exactOptional(),
          to: receiptTime.transform(toDate).exactOptional(),
          limit: z.coerce.number().int().min(1).max(100).default(50),
          cursor: z.string().max(cursorMaxLength).exactOptional(),
        }),
        response: {
          200: z.object({
            items: z.array(listed.extend(bodies.partial().shape)),
            nextCursor: z.string().nullable(),
          }),
          ...problemAnswers('invalid_parameter'),
        },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      const after = cursor === undefined ? null : parseRejectedCursor(cursor);
      const isOfConflicts = filter.code === conflictCode;
      const rowsPerPage = isOfConflicts ? Math.min(limit, conflictsPerPage) : limit;
      const { rows, next } = await findRejectedPage(database, filter, after, rowsPerPage);
      const nextCursor = next === null ? null : writeRejectedCursor(next);
      if (!isOfConflicts) return { items: rows.map(answerOf), nextCursor };
      const found = await findRejectedBodies(
        database,
        rows.map(({ rejectionId }) => rejectionId),
      );
      const items = rows.map((row) => {
        const texts = found.get(row.rejectionId);
        return { ...answerOf(row), ...(texts === undefined ? {} : bodiesOf(texts)) };
      });
      return { items, nextCursor };
    },
  );
}

async function findOrThrow({ database }: RejectedRouteParts, id: string): Promise<RejectedTouchpointRow> {
  const row = await findRejected(database, id);
  if (row === null) throw new AppError('rejection_not_found', 'it never was, or its retention has ended');
  return row;
}

function bodiesOf({ body, bodyEncoding, standingBody }: RejectedBodies): z.infer<typeof bodies> {
  return {
    body,
    bodyEncoding: bodyEncoding === 'base64' ? 'base64' : 'json',
    ...(standingBody === null ? {} : { standingBody }),
  };
}

function answerOf(row: RejectedListRow): z.infer<typeof listed> {
  return {
    rejectionId: row.rejectionId,
    receivedAt: row.receivedAt.toISOString(),
    source: row.source,
    ...(row.trust === 'public' || row.trust === 'server' ? { trust: row.trust } : {}),
    requestId: row.requestId,
    route: row.route,
    index: row.itemIndex,
    id: row.touchpointId,
    code: row.code,
    field: row.field,
    message: row.message,
    replayedAt: row.replayedAt?.toISOString() ?? null,
  };
}
