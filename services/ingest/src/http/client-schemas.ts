/** What the routes of other protocols' clients take and answer, for `/openapi.json`. */
import { problemAnswers } from '@throughline/runtime';
import { z } from 'zod';
import {
  bodyProblems,
  keysOfSenders,
  receivedAnswerSchema,
  segmentAnswerSchema,
  writeKeyQuery,
} from './ingest-schemas.ts';

const exampleEvent = {
  specversion: '1.0',
  id: 'order-17',
  source: 'https://shop.example/orders',
  type: 'throughline.track',
  time: '2026-03-01T09:30:00Z',
  datacontenttype: 'application/json',
  data: { event: 'Order Completed', userId: 'u1', properties: { order_id: '17', revenue: 12.5 } },
};

const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1).describe('With `id` it is the id of the touchpoint.'),
  type: z
    .string()
    .min(1)
    .describe('The name of the event, or `throughline.<type>` with a touchpoint as its data.'),
  time: z.string().exactOptional().describe('RFC 3339 with a zone. The time of receipt when missing.'),
  userid: z.string().exactOptional().describe('An extension: the user, where the data does not say.'),
  anonymousid: z.string().exactOptional().describe('An extension: the visitor, where the data does not say.'),
  data: z.unknown().exactOptional(),
});

export const cloudEventsSchema = {
  operationId: 'sendCloudEvents',
  tags: ['clients'],
  summary: 'Takes CloudEvents 1.0: structured, batched or binary',
  description:
    'In binary mode the attributes are the headers `ce-*` and the body is the data. Answers as `POST /v1/touchpoints` ' +
    `does; an empty batch is accepted. ${keysOfSenders}`,
  consumes: ['application/cloudevents+json', 'application/cloudevents-batch+json'],
  querystring: writeKeyQuery,
  body: z.union([cloudEvent, z.array(cloudEvent).max(2_500)]).meta({ examples: [exampleEvent] }),
  response: { 200: receivedAnswerSchema, ...bodyProblems },
};

const snowplowEvent = z.looseObject({
  e: z
    .enum(['pv', 'pp', 'se', 'ue', 'tr', 'ti'])
    .describe('What happened, as the tracker protocol names it.')
    .meta({ examples: ['pv'] }),
  eid: z.string().exactOptional().describe('The id of the touchpoint.'),
  aid: z.string().exactOptional().describe('The write key. Never stored.'),
});

export const snowplowPostSchema = {
  operationId: 'sendSnowplowEvents',
  tags: ['clients'],
  summary: "Takes the events of a Snowplow tracker's POST",
  description:
    'The tracker protocol, by whatever content type. The write key is the `aid` of the first event. An event that cannot ' +
    'be used is listed and kept in the rejected store, and the request is still answered 200.',
  consumes: ['application/json'],
  querystring: writeKeyQuery,
  body: z.looseObject({ schema: z.string().exactOptional(), data: z.array(snowplowEvent).max(2_500) }).meta({
    examples: [
      {
        schema: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4',
        data: [
          {
            e: 'pv',
            eid: '0f3c6a7e-62d4-4c8e-9a55-0d7f3ad3a1b2',
            duid: 'visitor-1',
            page: 'Home',
            url: 'https://shop.example/',
            dtm: '1772357400000',
          },
        ],
      },
    ],
  }),
  response: { 200: segmentAnswerSchema, ...bodyProblems },
};

export const snowplowPixelSchema = {
  operationId: 'sendSnowplowPixel',
  tags: ['clients'],
  summary: "Takes the event of a Snowplow tracker's GET",
  description: 'The same fields as in a POST, in the query. Answered with an image, whatever the event is.',
  querystring: snowplowEvent.extend(writeKeyQuery.shape),
  response: {
    200: { description: 'An image of one pixel.', content: { 'image/gif': { schema: z.string() } } },
    ...problemAnswers('log_unavailable', 'clock_skewed', 'headers_too_large'),
  },
};

const writeKeyPath = z.object({
  writeKey: z
    .string()
    .describe('A write key (wk_…).')
    .meta({ examples: ['wk_0123456789abcdef0123456789abcdef'] }),
});
const javascript = {
  description: 'JavaScript.',
  content: { 'text/javascript': { schema: z.string() } },
};

export const segmentSettingsSchema = {
  operationId: 'segmentSettings',
  tags: ['clients'],
  summary: "Settings of Segment's library: that it sends to this service",
  params: writeKeyPath,
  response: {
    200: z
      .object({
        integrations: z.record(z.string(), z.record(z.string(), z.unknown())),
        metrics: z.object({ sampleRate: z.number() }),
        remotePlugins: z.array(z.unknown()),
      })
      .describe('What the library asks for before it sends.'),
    ...problemAnswers(),
  },
};

export const rudderConfigSchema = {
  operationId: 'rudderSourceConfig',
  tags: ['clients'],
  summary: "Settings of RudderStack's browser library: a source without destinations",
  querystring: z.looseObject({ writeKey: z.string().exactOptional() }),
  response: {
    200: z
      .object({ source: z.record(z.string(), z.unknown()) })
      .describe('What the library asks for before it sends.'),
    ...problemAnswers(),
  },
};

export const librarySchema = {
  operationId: 'segmentLibrary',
  tags: ['clients'],
  summary: "Segment's library, for pages that load it by its snippet",
  params: writeKeyPath,
  response: { 200: javascript, ...problemAnswers() },
};

export const bundleSchema = {
  operationId: 'segmentLibraryPart',
  tags: ['clients'],
  summary: "A part of Segment's library, which it loads by itself",
  params: z.object({ file: z.string().meta({ examples: ['standalone.js'] }) }),
  response: { 200: javascript, ...problemAnswers('not_found') },
};

export const jitsuSchema = {
  operationId: 'jitsuLibrary',
  tags: ['clients'],
  summary: "Jitsu's library, for pages that load it by its script",
  response: { 200: javascript, ...problemAnswers() },
};
