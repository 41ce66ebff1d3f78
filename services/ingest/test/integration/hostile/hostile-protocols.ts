/** What other protocols make possible. */
import { testKeys } from '../ingest-server.ts';
import { messageId, type HostileCase } from './hostile-case.ts';

const event = (changes: object) =>
  JSON.stringify({
    specversion: '1.0',
    id: messageId(),
    source: '/s',
    type: 't',
    data: { userId: 'u' },
    ...changes,
  });
const cloudEvent = (
  input: string,
  body: string,
  answer: string,
  headers: Record<string, string> = {},
): HostileCase => ({
  group: 'CloudEvents',
  input,
  path: '/v1/cloudevents',
  headers: { 'content-type': 'application/cloudevents+json', ...headers },
  body,
  answer,
});
const binary = (changes: Record<string, string>) => ({
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': messageId(),
  'ce-source': '/s',
  'ce-type': 't',
  ...changes,
});
const snowplow = (input: string, changes: object, answer: string): HostileCase => ({
  group: 'Snowplow',
  input,
  path: '/com.snowplowanalytics.snowplow/tp2',
  key: null,
  body: JSON.stringify({ data: [{ e: 'pv', eid: messageId(), duid: 'd', aid: testKeys.write, ...changes }] }),
  answer,
});
const jsonOf = (data: unknown) => JSON.stringify({ data: { schema: 'iglu:a/b/jsonschema/1-0-0', data } });

export const hostileProtocols: readonly HostileCase[] = [
  cloudEvent('another version', event({ specversion: '0.3' }), '200, rejected: invalid_field at specversion'),
  cloudEvent('no source', event({ source: '' }), '200, rejected: invalid_field at source'),
  cloudEvent('an id that is a number', event({ id: 5 }), '200, rejected: invalid_field at id'),
  cloudEvent(
    'data that is no Base64',
    event({ data: undefined, data_base64: '!' }),
    '200, rejected: invalid_field at data_base64',
  ),
  cloudEvent(
    'a touchpoint that is a text',
    event({ type: 'throughline.track', data: 'x' }),
    '200, rejected: invalid_field at data',
  ),
  cloudEvent(
    'a type of 201 characters',
    event({ type: 'x'.repeat(201) }),
    '200, rejected: invalid_field at event',
  ),
  cloudEvent('a list where one event is announced', '[]', '400 malformed_request'),
  cloudEvent('one event where a batch is announced', '{}', '400 malformed_request', {
    'content-type': 'application/cloudevents-batch+json',
  }),
  cloudEvent('an empty batch', '[]', '200, accepted', {
    'content-type': 'application/cloudevents-batch+json',
  }),
  cloudEvent('a header that is not UTF-8', '{}', '400 malformed_request', binary({ 'ce-id': '%ff' })),
  cloudEvent('a header that is not percent-encoded', '{}', '400 malformed_request', binary({ 'ce-id': 'ü' })),
  cloudEvent('neither a type of events nor their headers', '{}', '415 unsupported_media_type', {
    'content-type': 'application/json',
  }),

  snowplow('an event that is not known', { e: 'zz' }, '200, rejected: invalid_field at e'),
  snowplow('a time that is a text', { dtm: 'now' }, '200, rejected: invalid_field at dtm'),
  snowplow('entities that are no JSON', { co: '{' }, '200, rejected: invalid_field at co'),
  snowplow('entities that are no Base64', { cx: '***' }, '200, rejected: invalid_field at cx'),
  snowplow(
    'a text in Base64 that is not UTF-8',
    { e: 'ue', ue_px: '_w' },
    '200, rejected: invalid_field at ue_px',
  ),
  snowplow(
    'a schema that is none',
    { e: 'ue', ue_pr: '{"data":{"schema":"x"}}' },
    '200, rejected: invalid_field at ue_pr',
  ),
  snowplow('6,000 brackets in a text', { e: 'ue', ue_pr: '['.repeat(6_000) }, '400 nesting_too_deep'),
  snowplow(
    '100 levels in a text',
    { e: 'ue', ue_pr: `${jsonOf(0).slice(0, -3)}${'['.repeat(100)}${']'.repeat(100)}}}` },
    '200, rejected: nesting_too_deep',
  ),
  snowplow(
    'a number in a text that JSON loses',
    { e: 'ue', ue_pr: jsonOf({ n: 0 }).replace('0}', '1e400}') },
    '200, rejected: invalid_number at properties.n',
  ),
  snowplow(
    '__proto__ in a text',
    { e: 'ue', ue_pr: jsonOf({}).replace('{}', '{"__proto__":{}}') },
    '200, rejected: forbidden_key',
  ),
  snowplow('an application id that is no key', { aid: 'shop' }, '401 unauthorized'),
  snowplow("a server's key as application id", { aid: testKeys.server }, '403 forbidden'),
  {
    group: 'Snowplow',
    input: 'a pixel whose event is not known',
    path: `/i?${new URLSearchParams({ e: 'zz', aid: testKeys.write }).toString()}`,
    method: 'GET',
    key: null,
    answer: '200, accepted',
  },
  {
    group: 'Browser libraries',
    input: 'settings for a key that is not known',
    path: '/v1/projects/wk_unknown/settings',
    method: 'GET',
    key: null,
    answer: '401 unauthorized',
  },
  {
    group: 'Browser libraries',
    input: 'a part of the library that climbs',
    path: '/analytics-next/bundles/..%2f..%2fpackage.json',
    method: 'GET',
    key: null,
    answer: '404 not_found',
  },
];
