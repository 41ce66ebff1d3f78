/** Copies of an erased person: identity asks for them to be removed, as part of an erasure. */
import { erasedCopiesQuestionSchema, erasedCopiesSchema, type KeyKind } from '@throughline/contracts';
import { eraseDeadLetters } from '@throughline/event-log';
import { problemAnswers, type HttpApp, type Logger, type RequestHook } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { eraseRejectedPage } from '../db/erase-rejected.ts';
import { saveErasedWords, wordsOf } from '../db/erased-words.ts';

/** Of rejected items that one question looks at; each page reads at most some megabytes. */
const pagesPerQuestion = 20;

export interface ErasureRouteParts {
  pool: Pool;
  logger: Logger;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
}

export function addErasureRoutes(app: HttpApp, { pool, logger, requireKey }: ErasureRouteParts): void {
  app.post(
    '/v1/erasures/:erasure/copies',
    {
      onRequest: requireKey(),
      schema: {
        tags: ['rejected'],
        operationId: 'eraseCopies',
        summary: 'Removes rejected items and dead letters that mention a person',
        description:
          'Needs an admin key. Identity asks for it in the course of an erasure, until `next` is null. What was received by the time ' +
          'of the erasure and comes later is not kept either. Asked again, it answers with what is left to remove.',
        params: z.object({ erasure: z.uuid().meta({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }) }),
        body: erasedCopiesQuestionSchema.meta({
          examples: [{ at: '2026-03-01T00:00:00.000Z', wanted: ['ada@example.org'], cursor: null }],
        }),
        response: {
          200: erasedCopiesSchema,
          ...problemAnswers('malformed_json', 'empty_body', 'invalid_parameter', 'payload_too_large'),
        },
      },
    },
    async ({ params: { erasure }, body: { at, wanted, cursor } }) => {
      const words = new Set(wanted);
      let deadLetters = 0;
      if (cursor === null) {
        // First, so that what the consumer keeps from here on is none of it.
        await saveErasedWords(pool, { erasure, at, wanted });
        deadLetters = await eraseLetters(pool, words);
      }
      const rejections: string[] = [];
      let next = cursor;
      for (let page = 0; page < pagesPerQuestion; page += 1) {
        const erased = await eraseRejectedPage(pool, { at, wanted: words, after: next });
        rejections.push(...erased.rejectionIds);
        next = erased.next;
        if (next === null) break;
      }
      logger.info(
        { event: 'erasure.copies_removed', erasure, rejections: rejections.length, deadLetters },
        'copies of an erased person were removed',
      );
      return { rejections, deadLetters, next };
    },
  );
}

async function eraseLetters(pool: Pool, words: ReadonlySet<string>): Promise<number> {
  const isMentioned = (value: string): boolean =>
    [...wordsOf({ id: null, field: '', message: '', body: value, bodyEncoding: 'json' })].some((word) =>
      words.has(word),
    );
  let removed = 0;
  for (let after: number | null = 0; after !== null;) {
    const page = await eraseDeadLetters(pool, { schema: 'ingest', after, isMentioned });
    removed += page.removed;
    after = page.next;
  }
  return removed;
}
