/** What the ingest routes take and answer, for `/openapi.json`. */
import {
  identifierSchema,
  problemSchema,
  touchpointFrameSchema,
  touchpointTypes,
} from '@throughline/contracts';
import { z } from 'zod';
import type { IngestRoute } from '../core/ingest-route.ts';

const jsonObject = z.record(z.string(), z.unknown());

const sharedFields = {
  messageId: z
    .string()
    .max(100)
    .exactOptional()
    .describe('Unique per source. Made when missing, and then a retry counts twice.'),
  userId: z.string().nullable().exactOptional(),
  anonymousId: z.string().nullable().exactOptional(),
  previousId: z.string().exactOptional().describe('Of an alias: the id that userId was known by before.'),
  event: z.string().max(200).exactOptional().describe('Of a track call: what happened.'),
  name: z.string().max(200).exactOptional(),
  timestamp: z.string().exactOptional().describe('RFC 3339 with a zone. The time of receipt when missing.'),
  sentAt: z.string().exactOptional().describe('By the clock of the sender, to correct its timestamp.'),
  traits: jsonObject.exactOptional(),
  properties: jsonObject.exactOptional(),
  context: jsonObject.exactOptional(),
};

const nativeItem = z.looseObject({
  type: z.enum(touchpointTypes),
  id: z.string().max(100).exactOptional().describe('The same as messageId.'),
  ...sharedFields,
  occurredAt: z.string().exactOptional().describe('The same as timestamp.'),
  identifiers: z.array(identifierSchema).max(20).exactOptional(),
  ...touchpointFrameSchema.shape,
});

const segmentItem = z.looseObject({
  type: z.enum(['track', 'identify', 'page', 'screen', 'group', 'alias']).exactOptional(),
  ...sharedFields,
});

export const rejectedAnswerSchema = z.object({
  index: z.int(),
  id: z.string().nullable(),
  code: z.string(),
  field: z.string(),
  message: z.string(),
  expected: z.string(),
});

const problems = {
  400: problemSchema,
  401: problemSchema,
  403: problemSchema,
  413: problemSchema,
  503: problemSchema,
};

export const nativeSchema = {
  tags: ['touchpoints'],
  summary: 'Takes one touchpoint, a list of them, or one a line (application/x-ndjson)',
  description:
    'Answered only after the touchpoints are durable. An item that cannot be used is listed with its reason and kept in the rejected store; its neighbours are unharmed. A duplicate counts as accepted.',
  body: z.union([nativeItem, z.array(nativeItem).min(1).max(2_500)]),
  response: {
    200: z.object({
      accepted: z.int(),
      rejected: z.array(rejectedAnswerSchema),
      warnings: z
        .array(z.object({ index: z.int(), id: z.string(), codes: z.array(z.string()) }))
        .exactOptional(),
    }),
    ...problems,
    415: problemSchema,
  },
};

export function segmentSchema(route: IngestRoute) {
  return {
    tags: ['segment'],
    summary: route.routeType === null ? 'Takes a batch of calls' : `Takes one ${route.routeType} call`,
    description:
      "Segment's HTTP API, by whatever content type. A call that cannot be used is listed and kept in the rejected store, and the request is still answered 200: some clients end their process on a 4xx.",
    body:
      route.body === 'batch'
        ? z.looseObject({ batch: z.array(segmentItem).max(2_500), context: jsonObject.exactOptional() })
        : segmentItem,
    response: {
      200: z.object({ success: z.literal(true), rejected: z.array(rejectedAnswerSchema) }),
      ...problems,
    },
  };
}
