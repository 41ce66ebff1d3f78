/** The answers of a trace. */
import { countedTouchpointSchema } from '@throughline/contracts';
import { z } from 'zod';
import { freshnessSchema } from './freshness.ts';
import { namedIdentifierSchema } from './named-identifier.ts';

/** Of conflicts, rejections and dead letters. */
export const maxTraced = 100;

const rejectionSchema = z.object({
  rejectionId: z.string(),
  source: z.string(),
  receivedAt: z.string(),
  code: z.string(),
  field: z.string(),
  message: z.string(),
});

const deadLetterSchema = z.object({
  id: z.int().describe('Of the dead letter, to read its bytes or to replay it.'),
  source: z.string(),
  state: z
    .enum(['dead', 'stuck', 'waiting', 'replayed'])
    .describe(
      'dead: kept until it is replayed; stuck: it fails alone and is retried; waiting: for a version that knows its kind; replayed: processed since.',
    ),
  code: z.string(),
  message: z.string(),
  savedAt: z.string(),
  nextAttemptAt: z.string().nullable(),
});
export type TracedDeadLetter = z.infer<typeof deadLetterSchema>;

const rejections = z.array(rejectionSchema).describe(`Newest first, at most ${maxTraced}.`);
const deadLetters = z
  .array(deadLetterSchema)
  .describe(`Records of this touchpoint that could not be processed, newest first, at most ${maxTraced}.`);

const countedAsSchema = z
  .discriminatedUnion('state', [
    countedTouchpointSchema
      .pick({ day: true, stage: true, countsTransactionOf: true })
      .extend({ state: z.literal('counted') }),
    z.object({ state: z.literal('not_counted') }),
    z.object({ state: z.literal('unavailable'), message: z.string() }),
  ])
  .describe(
    'What metrics says when it is asked: counted, with the reporting day, the journey stage and the activities whose transaction it counts; not_counted: in no figure, or still pending there; unavailable: it did not answer.',
  );

export const acceptedTraceSchema = z.object({
  state: z.literal('accepted'),
  id: z.string(),
  source: z.string(),
  key: z.string(),
  receivedAt: z.string(),
  requestId: z.string().describe('Of the request that brought the copy that stands; the log has it too.'),
  bodyHash: z.string(),
  belongsTo: z.object({
    identifier: namedIdentifierSchema,
    profile: z.string(),
  }),
  assignmentVersion: z.int().describe('0, or higher each time that it has moved to another identifier.'),
  counted: z.string().describe('The route of metrics that says whether, and as what, it is counted.'),
  countedAs: countedAsSchema,
  warnings: z
    .array(
      z.object({
        code: z.literal('ambiguous_transaction'),
        identifier: z.object({ id: z.string(), type: z.string() }),
        trust: z.enum(['server', 'public']),
      }),
    )
    .describe(
      'ambiguous_transaction: two customers used this order or receipt number, so it counts once for each of them; a `transactionScope` of the source keeps the numbers of two shops apart.',
    ),
  duplicates: z
    .object({ copies: z.int(), lastReceivedAt: z.string().nullable(), lastRequestId: z.string().nullable() })
    .describe('Copies with the same body that came later; the first stands.'),
  conflicts: z
    .array(
      z.object({
        rejectionId: z.string().describe('`GET /v1/rejected/{rejectionId}` of ingest has both bodies.'),
        receivedAt: z.string(),
        bodyHash: z.string(),
        requestId: z.string(),
      }),
    )
    .describe(`Other bodies that came under this id, at most ${maxTraced}; the first stands.`),
  rejections,
  deadLetters,
  freshness: freshnessSchema,
});

export const erasedTraceSchema = z.object({
  state: z
    .literal('erased')
    .describe('It was received, and an erasure has dropped it: only its key is left.'),
  id: z.string(),
  key: z.string(),
  freshness: freshnessSchema,
});

export const rejectedTraceSchema = z.object({
  state: z.literal('rejected'),
  id: z.string(),
  rejections,
  deadLetters,
  freshness: freshnessSchema,
});

export const setAsideTraceSchema = z.object({
  state: z
    .literal('dead_letter')
    .describe('Accepted, and kept aside with its bytes: it could not be processed.'),
  id: z.string(),
  deadLetters,
  freshness: freshnessSchema,
});
