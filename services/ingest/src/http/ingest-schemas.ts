/** What the ingest routes take and answer, for `/openapi.json`. */
import { identifierSchema, touchpointFrameSchema, touchpointTypes } from '@throughline/contracts';
import { problemAnswers } from '@throughline/runtime';
import { z } from 'zod';
import { listedTypes } from '../core/collect-identifiers.ts';
import type { IngestRoute } from '../core/ingest-route.ts';

const jsonObject = z.record(z.string(), z.unknown());

const exampleItem = {
  type: 'track',
  event: 'Order Completed',
  messageId: 'order-17',
  userId: 'u1',
  anonymousId: '3f0c4c9e-5c0a-4b8e-9d35-0b1f2a6c7d81',
  timestamp: '2026-03-01T09:30:00Z',
  properties: { order_id: '17', revenue: 12.5, currency: 'EUR' },
};

const sharedFields = {
  messageId: z
    .string()
    .max(100)
    .exactOptional()
    .describe('Unique per source. Made when missing, and then a retry counts twice.'),
  userId: z.string().nullable().exactOptional(),
  anonymousId: z.string().nullable().exactOptional(),
  previousId: z
    .string()
    .exactOptional()
    .describe('Of an alias: the id of the visitor or user that userId was known by before.'),
  event: z.string().max(200).exactOptional().describe('Of a track call: what happened.'),
  name: z.string().max(200).exactOptional(),
  timestamp: z.string().exactOptional().describe('RFC 3339 with a zone. The time of receipt when missing.'),
  sentAt: z.string().exactOptional().describe('By the clock of the sender, to correct its timestamp.'),
  traits: jsonObject
    .exactOptional()
    .describe('At most 200, with names of at most 200 characters. Of identify: email, phone, loyalty_id.'),
  properties: jsonObject.exactOptional(),
  context: jsonObject.exactOptional(),
  writeKey: z
    .string()
    .exactOptional()
    .describe('A write key, for senders that can set no header. Never stored.'),
};

const nativeItem = z.looseObject({
  type: z.enum(touchpointTypes),
  id: z.string().max(100).exactOptional().describe('The same as messageId.'),
  ...sharedFields,
  occurredAt: z.string().exactOptional().describe('The same as timestamp.'),
  identifiers: z
    .array(identifierSchema)
    .max(20)
    .exactOptional()
    .describe(`Types: ${listedTypes}, with a namespace of 1 to 40 of a-z, 0-9 and _.`),
  ...touchpointFrameSchema.shape,
});

const segmentItem = z.looseObject({
  type: z.enum(['track', 'identify', 'page', 'screen', 'group', 'alias']).exactOptional(),
  ...sharedFields,
});

export const rejectedAnswerSchema = z.object({
  index: z.int(),
  id: z.string().nullable(),
  code: z.string().describe('One of the item codes of errors.md.'),
  field: z.string(),
  message: z.string(),
  expected: z.string(),
});

const query = z.object({
  writeKey: z
    .string()
    .exactOptional()
    .describe('A write key (wk_…), for senders that can set no header, such as a beacon. Never logged.'),
});

const keysOfSenders =
  'Needs a write key (wk_…, of websites and apps: public trust) or a server key (sk_…, never in a page: what it links is ' +
  'taken as known). An admin key may do everything. A write key may also stand in `?writeKey=` or in the field `writeKey`.';

export const itemProblems = problemAnswers(
  'malformed_json',
  'empty_body',
  'nesting_too_deep',
  'request_timeout',
  'payload_too_large',
  'too_many_items',
  'unsupported_media_type',
  'headers_too_large',
  'log_unavailable',
  'clock_skewed',
);

export const itemAnswers = z.object({
  accepted: z.int(),
  rejected: z.array(rejectedAnswerSchema),
  warnings: z.array(z.object({ index: z.int(), id: z.string(), codes: z.array(z.string()) })).exactOptional(),
});

export const nativeSchema = {
  operationId: 'sendTouchpoints',
  tags: ['touchpoints'],
  summary: 'Takes one touchpoint, a list of them, or one a line (application/x-ndjson)',
  description:
    'Answered only after the touchpoints are durable. An item that cannot be used is listed with its reason and kept in ' +
    'the rejected store; its neighbours are unharmed, so the answer is 200 whatever the items are. A duplicate counts as ' +
    `accepted. ${keysOfSenders}`,
  consumes: ['application/json', 'application/x-ndjson'],
  querystring: query,
  body: z
    .union([nativeItem, z.array(nativeItem).min(1).max(2_500)])
    .meta({ examples: [exampleItem, [exampleItem]] }),
  response: {
    200: itemAnswers.describe('Accepted, or kept among the rejects: item by item.'),
    ...itemProblems,
  },
};

const examplesByType: Readonly<Record<string, object>> = {
  track: exampleItem,
  identify: { userId: 'u1', traits: { email: 'ada@example.org', plan: 'gold' } },
  page: { anonymousId: 'visitor-1', name: 'Home', properties: { path: '/' } },
  screen: { userId: 'u1', name: 'Basket' },
  group: { userId: 'u1', groupId: 'g1', traits: { employees: 3 } },
  alias: { userId: 'u1', previousId: 'visitor-1', anonymousId: 'visitor-1' },
};

export function segmentSchema(route: IngestRoute) {
  const isBatch = route.body === 'batch';
  const example = isBatch ? { batch: [exampleItem] } : examplesByType[route.routeType ?? 'track'];
  return {
    operationId: `segment${route.path.replace(/^\/v1\/(.)/, (_match, first: string) => first.toUpperCase())}`,
    tags: ['segment'],
    summary: route.routeType === null ? 'Takes a batch of calls' : `Takes one ${route.routeType} call`,
    description:
      "Segment's HTTP API, by whatever content type. A call that cannot be used is listed and kept in the rejected store, " +
      `and the request is still answered 200: some clients end their process on a 4xx. Requests beyond a limit are answered 429, and nothing of them is accepted. ${
        route.isImport ? 'Needs a server key (sk_…), which stays off pages.' : keysOfSenders
      }`,
    consumes: ['application/json', 'text/plain'],
    querystring: query,
    body: (isBatch
      ? z.looseObject({
          batch: z.array(segmentItem).max(2_500),
          context: jsonObject.exactOptional(),
          writeKey: sharedFields.writeKey,
        })
      : segmentItem
    ).meta({ examples: [example] }),
    response: {
      200: z
        .object({ success: z.literal(true), rejected: z.array(rejectedAnswerSchema) })
        .describe('Accepted, or kept among the rejects: call by call.'),
      ...itemProblems,
    },
  };
}
