/** `/v1/resubmissions`: many rejected items decided again, as jobs that survive restarts. */
import { randomUUID } from 'node:crypto';
import { AppError, type KeyKind } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type Logger, type RequestHook } from '@throughline/runtime';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { sumRejectedCounts } from '../db/find-rejected-counts.ts';
import { conflictCode } from '../db/find-rejected-page.ts';
import { findResubmission, findResubmissions } from '../db/find-resubmissions.ts';
import { cancelResubmission, insertResubmission, unfinishedMax } from '../db/save-resubmission.ts';
import type { ResubmissionRow } from '../db/schema.ts';
import { receiptTime } from './rejected-cursor.ts';

export interface ResubmissionRouteParts {
  database: NodePgDatabase;
  logger: Logger;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
  /** A job was made. */
  onCreated: () => void;
  /** Milliseconds since 1970. */
  now: () => number;
}

const listMax = 100;
const common = { tags: ['rejected'], description: 'Needs an admin key.' };
const exampleId = '9b0e6a34-1d58-4b7f-8c2d-6e4f1a7c3b95';
const byId = z.object({ resubmissionId: z.uuid().meta({ examples: [exampleId] }) });

const filterSchema = z
  .strictObject({
    source: z.string().max(100).exactOptional(),
    code: z.string().max(100).exactOptional(),
    from: receiptTime.exactOptional().describe('Received at or after.'),
    to: receiptTime.exactOptional().describe('Received before. Without it: up to now.'),
  })
  .describe('What is left out does not restrict.');

const answerSchema = z.object({
  resubmissionId: z.uuid(),
  filter: z.object({
    source: z.string().nullable(),
    code: z.string().nullable(),
    from: z.string().nullable(),
    to: z.string(),
  }),
  dryRun: z.boolean(),
  state: z.enum(['running', 'done', 'cancelled']),
  itemsAtMost: z
    .int()
    .describe('How many items the filter takes at most; those accepted before are among them.'),
  accepted: z.int(),
  refused: z.record(z.string(), z.int()).describe('How many were refused again, by code.'),
  position: z
    .string()
    .nullable()
    .describe('Receipt of the item that was decided last; the newest come first.'),
  failure: z.string().nullable().describe('Why the next items could not be decided; they are tried again.'),
  createdAt: z.string(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
});

export function addResubmissionRoutes(app: HttpApp, parts: ResubmissionRouteParts): void {
  addCreateRoute(app, parts);
  addReadRoutes(app, parts);
  addCancelRoute(app, parts);
}

function addCreateRoute(app: HttpApp, parts: ResubmissionRouteParts): void {
  const { database, logger } = parts;
  app.post(
    '/v1/resubmissions',
    {
      onRequest: parts.requireKey(),
      schema: {
        ...common,
        operationId: 'createResubmission',
        summary: 'Decides rejected items again, as of the time and by the key that first brought each',
        body: z
          .strictObject({ filter: filterSchema, dryRun: z.boolean().default(false) })
          .meta({ examples: [{ filter: { code: 'invalid_time', source: 'server' }, dryRun: true }] }),
        response: {
          200: answerSchema,
          ...problemAnswers('malformed_json', 'invalid_parameter', 'resubmission_conflict'),
        },
      },
    },
    async (request) => {
      const { filter: given, dryRun } = request.body;
      const filter = {
        source: given.source,
        code: given.code,
        from: given.from === undefined ? undefined : new Date(given.from),
        to: new Date(Math.min(given.to === undefined ? Infinity : Date.parse(given.to), parts.now())),
      };
      const resubmissionId = randomUUID();
      const itemsAtMost = await sumRejectedCounts(database, filter, conflictCode);
      if (!(await insertResubmission(database, { resubmissionId, filter, isDryRun: dryRun, itemsAtMost }))) {
        throw new AppError('resubmission_conflict', `${unfinishedMax} others are unfinished`);
      }
      logger.info(
        { event: 'resubmission.created', requestId: request.id, resubmission: resubmissionId, dryRun },
        'rejected items are decided again',
      );
      parts.onCreated();
      return answerOf(await findOrThrow(database, resubmissionId));
    },
  );
}

function addReadRoutes(app: HttpApp, { database, requireKey }: ResubmissionRouteParts): void {
  app.get(
    '/v1/resubmissions',
    {
      onRequest: requireKey(),
      schema: {
        ...common,
        operationId: 'resubmissions',
        summary: `The last ${listMax} resubmissions, newest first`,
        response: { 200: z.object({ items: z.array(answerSchema) }), ...problemAnswers() },
      },
    },
    async () => ({ items: (await findResubmissions(database, listMax)).map(answerOf) }),
  );
  app.get(
    '/v1/resubmissions/:resubmissionId',
    {
      onRequest: requireKey(),
      schema: {
        ...common,
        operationId: 'resubmission',
        summary: 'One resubmission with its progress',
        params: byId,
        response: { 200: answerSchema, ...problemAnswers('invalid_parameter', 'resubmission_not_found') },
      },
    },
    async (request) => answerOf(await findOrThrow(database, request.params.resubmissionId)),
  );
}

function addCancelRoute(app: HttpApp, { database, logger, requireKey }: ResubmissionRouteParts): void {
  app.post(
    '/v1/resubmissions/:resubmissionId/cancel',
    {
      onRequest: requireKey(),
      schema: {
        ...common,
        operationId: 'cancelResubmission',
        summary: 'Ends a resubmission; what was accepted stays accepted',
        params: byId,
        response: {
          200: answerSchema,
          ...problemAnswers('invalid_parameter', 'resubmission_not_found', 'resubmission_conflict'),
        },
      },
    },
    async (request) => {
      const { resubmissionId } = request.params;
      const isCancelled = await cancelResubmission(database, resubmissionId);
      const row = await findOrThrow(database, resubmissionId);
      if (!isCancelled) throw new AppError('resubmission_conflict', `it is ${row.state}`);
      logger.info(
        { event: 'resubmission.cancelled', requestId: request.id, resubmission: resubmissionId },
        'a resubmission was cancelled',
      );
      return answerOf(row);
    },
  );
}

async function findOrThrow(database: NodePgDatabase, id: string): Promise<ResubmissionRow> {
  const row = await findResubmission(database, id);
  if (row === null) throw new AppError('resubmission_not_found', 'it never was, or its retention has ended');
  return row;
}

function answerOf(row: ResubmissionRow): z.infer<typeof answerSchema> {
  return {
    resubmissionId: row.resubmissionId,
    filter: {
      source: row.source,
      code: row.code,
      from: row.receivedFrom?.toISOString() ?? null,
      to: row.receivedTo.toISOString(),
    },
    dryRun: row.isDryRun,
    state: row.state,
    itemsAtMost: row.itemsAtMost,
    accepted: row.accepted,
    refused: row.refused,
    position: row.positionReceivedAt?.toISOString() ?? null,
    failure: row.failure,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
