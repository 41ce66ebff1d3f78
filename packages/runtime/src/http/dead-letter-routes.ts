/** What the consumers of a service have set aside, for operators: listed, read whole, and appended to its topic again. */
import { AppError, deadLetterCodes, deadLetterStates, type KeyKind } from '@throughline/contracts';
import type { DeadLetter, DeadLetterStore } from '@throughline/event-log';
import { z } from 'zod';
import { cursorMaxLength, readCursor, writeCursor } from './cursor.ts';
import { problemAnswers } from './problem-answers.ts';
import type { HttpApp } from './http-app.ts';
import type { RequestHook } from './require-key.ts';

export interface DeadLetterRouteParts {
  deadLetters: DeadLetterStore;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
}

/** Letters that one request replays: each is a transaction of its own. */
const replaysAtOnce = 100;

const listed = z.object({
  id: z.int(),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  state: z
    .enum(deadLetterStates)
    .describe(
      '`dead` until it is replayed; `stuck` is retried apart; `waiting` is of a kind that this version does not know.',
    ),
  code: z.string(),
  message: z.string(),
  touchpoint: z
    .object({ source: z.string(), id: z.string() })
    .nullable()
    .describe('That the record is about, where it is known.'),
  savedAt: z.string(),
  attempts: z.int().describe('Since it was set aside.'),
  nextAttemptAt: z.string().nullable(),
  replays: z.int(),
  replayedAt: z.string().nullable(),
});
const whole = listed.extend({ key: z.string(), value: z.string() });

const byId = z.object({ id: z.string().meta({ examples: ['17'] }) });
const idText = /^[1-9]\d{0,14}$/;
const filter = {
  group: z.string().min(1).max(100).exactOptional(),
  state: z.enum(deadLetterStates).exactOptional().describe('Default: every state but `replayed`.'),
  code: z.enum(Object.keys(deadLetterCodes) as [string, ...string[]]).exactOptional(),
  cursor: z.string().max(cursorMaxLength).exactOptional().describe('`nextCursor` of the page before.'),
};

export function addDeadLetterRoutes(app: HttpApp, parts: DeadLetterRouteParts): void {
  // No kind but admin, which passes everywhere.
  const onRequest = parts.requireKey();
  addReadRoutes(app, parts.deadLetters, onRequest);
  addReplayRoutes(app, parts.deadLetters, onRequest);
}

function addReadRoutes(app: HttpApp, deadLetters: DeadLetterStore, onRequest: RequestHook): void {
  app.get(
    '/v1/dead-letters',
    {
      onRequest,
      schema: {
        operationId: 'deadLetters',
        tags: ['dead letters'],
        summary: 'Records that a consumer has set aside, newest first',
        querystring: z.strictObject({
          ...filter,
          limit: z
            .string()
            .regex(/^([1-9]\d?|100)$/)
            .default('50'),
        }),
        response: {
          200: z.object({ items: z.array(listed), nextCursor: z.string().nullable() }),
          ...problemAnswers('invalid_parameter'),
        },
      },
    },
    async ({ query: { limit, cursor, ...where } }) => {
      const page = await deadLetters.list({ ...where, limit: Number(limit), cursor: toCursor(cursor) });
      return {
        items: page.items.map((letter) => toAnswer(letter)),
        nextCursor: page.nextCursor === null ? null : writeCursor(page.nextCursor),
      };
    },
  );
  app.get(
    '/v1/dead-letters/:id',
    {
      onRequest,
      schema: {
        operationId: 'deadLetter',
        tags: ['dead letters'],
        summary: 'One of them with its key and value',
        params: byId,
        response: { 200: whole, ...problemAnswers('invalid_parameter', 'dead_letter_not_found') },
      },
    },
    async ({ params }) => {
      const letter = idText.test(params.id) ? await deadLetters.find(Number(params.id)) : null;
      if (letter === null) throw notFound();
      const { key, value } = letter;
      return { ...toAnswer(letter), key, value };
    },
  );
}

function addReplayRoutes(app: HttpApp, deadLetters: DeadLetterStore, onRequest: RequestHook): void {
  app.post(
    '/v1/dead-letters/:id/replay',
    {
      onRequest,
      schema: {
        operationId: 'replayDeadLetter',
        tags: ['dead letters'],
        summary: 'Appends the record to its topic again',
        params: byId,
        response: {
          200: z.object({ replayed: z.int() }),
          ...problemAnswers('invalid_parameter', 'dead_letter_not_found', 'log_unavailable'),
        },
      },
    },
    async ({ params }) => {
      if (!idText.test(params.id) || !(await deadLetters.replay(Number(params.id)))) throw notFound();
      return { replayed: 1 };
    },
  );
  app.post(
    '/v1/dead-letters/replay',
    {
      onRequest,
      schema: {
        operationId: 'replayDeadLetters',
        tags: ['dead letters'],
        summary: `Appends the newest ${replaysAtOnce} records that the filter finds to their topics again`,
        description:
          'Ask again with `cursor` set to `nextCursor` until that is null. Records that are set aside once more meanwhile are not met again.',
        body: z.strictObject(filter).meta({ examples: [{ state: 'dead' }] }),
        response: {
          200: z.object({ replayed: z.int(), nextCursor: z.string().nullable() }),
          ...problemAnswers(
            'malformed_json',
            'empty_body',
            'forbidden_key',
            'nesting_too_deep',
            'invalid_parameter',
            'request_timeout',
            'payload_too_large',
            'unsupported_media_type',
            'log_unavailable',
          ),
        },
      },
    },
    async ({ body: { cursor, ...where } }) => {
      const page = await deadLetters.list({ ...where, limit: replaysAtOnce, cursor: toCursor(cursor) });
      let replayed = 0;
      for (const { id } of page.items) if (await deadLetters.replay(id)) replayed++;
      return { replayed, nextCursor: page.nextCursor === null ? null : writeCursor(page.nextCursor) };
    },
  );
}

function toCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  return readCursor(cursor, ([id = '', ...rest]) =>
    idText.test(id) && rest.length === 0 ? Number(id) : null,
  );
}

function notFound(): AppError {
  return new AppError('dead_letter_not_found', 'it never was, or its retention has ended');
}

function toAnswer(letter: DeadLetter): z.infer<typeof listed> {
  const { key: _key, value: _value, savedAt, nextAttemptAt, replayedAt, ...rest } = letter;
  return {
    ...rest,
    savedAt: savedAt.toISOString(),
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    replayedAt: replayedAt?.toISOString() ?? null,
  };
}
