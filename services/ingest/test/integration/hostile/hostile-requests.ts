/** Requests that cannot be read, or should not be. */
import { deflateSync, gzipSync } from 'node:zlib';
import { testKeys } from '../ingest-server.ts';
import { messageId, track, type HostileCase } from './hostile-case.ts';

const json = { 'content-type': 'application/json' };
const right = JSON.stringify(track);
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));

const native = (
  input: string,
  body: HostileCase['body'],
  answer: string,
  more: Partial<HostileCase> = {},
): HostileCase => ({
  group: 'Requests',
  input,
  path: '/v1/touchpoints',
  headers: json,
  ...(body === undefined ? {} : { body }),
  answer,
  ...more,
});
const segment = (input: string, body: HostileCase['body'], answer: string): HostileCase =>
  native(input, body, answer, { path: '/v1/batch' });

export const hostileRequests: readonly HostileCase[] = [
  native('an empty body', '', '400 empty_body'),
  native('a body of blanks', ' \n\t ', '400 empty_body'),
  native('a trailing comma', `[${right},]`, '400 malformed_json'),
  native('a comment', `/* x */${right}`, '400 malformed_json'),
  native('NaN', '{"a":NaN}', '400 malformed_json'),
  native('single quotes', "{'a':1}", '400 malformed_json'),
  native('a body that is cut off', right.slice(0, -1), '400 malformed_json'),
  native('two values', `${right}${right}`, '400 malformed_json'),
  native('UTF-16', new Uint8Array(Buffer.from(right, 'utf16le')), '400 malformed_json'),
  native('a byte FF', bytes('{"a":"', [0xff], '"}'), '400 malformed_json'),
  native('overlong UTF-8', bytes('{"a":"', [0xc0, 0xaf], '"}'), '400 malformed_json'),
  native('a surrogate in UTF-8', bytes('{"a":"', [0xed, 0xa0, 0x80], '"}'), '400 malformed_json'),
  native(
    'a byte order mark',
    `\ufeff${JSON.stringify({ ...track, messageId: messageId() })}`,
    '200, accepted',
  ),
  native('null', 'null', '400 malformed_request'),
  native('a number', '1', '400 malformed_request'),
  native('a text', '"x"', '400 malformed_request'),
  native('true', 'true', '400 malformed_request'),
  native('an empty list', '[]', '400 malformed_request'),
  native('100,000 opening brackets', '['.repeat(100_000), '400 nesting_too_deep'),
  native(
    'an object of 5,000 levels',
    `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    '400 nesting_too_deep',
  ),
  native('600 KB', `{"a":"${'x'.repeat(600_000)}"}`, '413 payload_too_large'),
  native('2,501 items', `[${Array.from({ length: 2_501 }, () => '{}').join()}]`, '413 too_many_items'),
  native(
    '20 MB in 20 KB of gzip',
    new Uint8Array(gzipSync(Buffer.alloc(20_000_000, 32))),
    '413 payload_too_large',
    {
      headers: { ...json, 'content-encoding': 'gzip' },
    },
  ),
  native('gzip that is cut off', new Uint8Array(gzipSync(right).subarray(0, 20)), '400 malformed_request', {
    headers: { ...json, 'content-encoding': 'gzip' },
  }),
  native('deflate that is named gzip', new Uint8Array(deflateSync(right)), '400 malformed_request', {
    headers: { ...json, 'content-encoding': 'gzip' },
  }),
  native('an encoding that is not known', right, '415 unsupported_media_type', {
    headers: { ...json, 'content-encoding': 'lzma' },
  }),
  native('two encodings', right, '415 unsupported_media_type', {
    headers: { ...json, 'content-encoding': 'gzip, gzip' },
  }),
  native('text/plain', right, '415 unsupported_media_type', { headers: { 'content-type': 'text/plain' } }),
  native('a form', 'a=1', '415 unsupported_media_type', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }),
  native('another charset', right, '415 unsupported_media_type', {
    headers: { 'content-type': 'application/json; charset=latin1' },
  }),
  native('no key', right, '401 unauthorized', { key: null }),
  native('a key that is not known', right, '401 unauthorized', { key: 'sk_unknown' }),
  native('a key of 10,000 characters', right, '401 unauthorized', { key: 'x'.repeat(10_000) }),
  native('a key that only reads', right, '403 forbidden', { key: testKeys.read }),
  native("a server's key in the URL", right, '403 forbidden', {
    key: null,
    path: `/v1/touchpoints?writeKey=${testKeys.server}`,
  }),
  native(
    "a server's key in the body",
    JSON.stringify({ ...track, writeKey: testKeys.server }),
    '403 forbidden',
    {
      key: null,
    },
  ),
  native('an import with a public key', '{"batch":[]}', '403 forbidden', {
    key: testKeys.write,
    path: '/v1/import',
  }),
  native('the wrong method', undefined, '405 method_not_allowed', { method: 'GET' }),
  native('a path that does not exist', right, '404 not_found', { path: '/v1/touchpoint' }),
  native('a path that climbs', right, '404 not_found', { path: '/v1/..%2f..%2fetc%2fpasswd' }),
  native('a path that is not percent-encoded right', right, '400 malformed_request', { path: '/v1/%zz' }),
  segment('a batch without a list', '{"batch":{}}', '400 malformed_request'),
  segment('no batch', '{}', '400 malformed_request'),
  segment('a batch that is a list', '[]', '400 malformed_request'),
  segment('an empty batch', '{"batch":[]}', '200, accepted'),
  segment(
    'a context of 20 KB for 1,000 items',
    JSON.stringify({ context: { a: 'x'.repeat(20_000) }, batch: Array.from({ length: 1_000 }, () => track) }),
    '413 payload_too_large',
  ),
];
