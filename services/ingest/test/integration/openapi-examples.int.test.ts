/** The OpenAPI document against the service: its examples are accepted, and no answer has a status that it does not name. */
import { createHmac } from 'node:crypto';
import { testRuns } from '@throughline/testkit';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  example?: string;
}

interface Operation {
  path: string;
  method: string;
  operationId: string | undefined;
  parameters: Parameter[];
  mediaTypes: string[];
  examples: unknown[];
  statuses: string[];
}

interface Media {
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId?: string;
        parameters?: Parameter[];
        requestBody?: { content: Record<string, Media> };
        responses: Record<string, unknown>;
      }
    >
  >;
}

const secret = 'a-secret-of-a-sender-of-webhooks';
const squareUrl = 'https://shop.example/v1/pos/webhooks/square/server';
const standardSecret = `whsec_${Buffer.from(secret).toString('base64')}`;
const webhooks = {
  shopify: { secrets: [secret] },
  square: { secrets: [secret], url: squareUrl },
  standard: { secrets: [standardSecret] },
};

let server: IngestServer;
let operations: Operation[];

beforeAll(async () => {
  const sources = { server: { webhooks } };
  server = await startIngestServer({ environment: { THROUGHLINE_SOURCES: JSON.stringify(sources) } });
  const { paths } = (await server.get('/openapi.json')).json as Document;
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody, responses }]) => {
      const content = Object.entries(requestBody?.content ?? {});
      const [first] = content.map(([, media]) => media);
      return {
        path,
        method: method.toUpperCase(),
        operationId,
        parameters: parameters ?? [],
        mediaTypes: content.map(([type]) => type),
        examples: first === undefined ? [] : examplesOf(first),
        statuses: Object.keys(responses),
      };
    }),
  );
});
afterAll(() => server.stop());

function examplesOf({ example, examples }: Media): unknown[] {
  return examples === undefined ? [example] : Object.values(examples).map(({ value }) => value);
}

const clientPath =
  /^\/(v1\/cloudevents|com\.snowplow|api\/s\/|beacon\/|i$|sourceConfig|p\.js|analytics|v1\/projects)/;

test('every operation of the API has an id, an example of what is in its path, and one of the body that it takes', () => {
  const own = operations.filter(({ path }) => !/^\/(livez|readyz)$/.test(path));
  const ids = own.map(({ operationId }) => operationId);
  expect(ids).not.toContain(undefined);
  expect(new Set(ids).size).toBe(own.length);
  for (const { path, parameters, mediaTypes, examples } of own) {
    for (const parameter of parameters.filter(({ required }) => required === true)) {
      expect([path, parameter.name, typeof parameter.example]).toEqual([path, parameter.name, 'string']);
    }
    if (mediaTypes.length > 0) {
      expect(examples, path).not.toEqual([]);
      expect(examples, path).not.toContain(undefined);
    }
  }
});

test('the examples can be sent as they are', async () => {
  for (const operation of operations) {
    const { path, examples } = operation;
    // Ids that a deployment makes are examples of their form only.
    const isUnknown = /\{(id|keyId|rejectionId|resubmissionId)\}/.test(path);
    for (const example of examples.length === 0 ? [undefined] : examples) {
      const { status, text } = await sendExample(operation, example);
      expect([`${operation.method} ${path}`, status, text]).toEqual([
        `${operation.method} ${path}`,
        isUnknown ? 404 : 200,
        text,
      ]);
      if (/^\/v1\/pos\/(?!gaps)/.test(path)) expect([path, JSON.parse(text).accepted]).toEqual([path, 1]);
    }
  }
});

/** With the key that the operation takes, the write key of this service, and the signature of a webhook. */
async function sendExample(
  { path, method, parameters, mediaTypes }: Operation,
  example: unknown,
): Promise<{ status: number; text: string }> {
  const valueOf = ({ name, example: value = '' }: Parameter): string =>
    encodeURIComponent(name === 'writeKey' ? testKeys.write : value);
  const required = parameters.filter((parameter) => parameter.required === true);
  const query = required
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => `${parameter.name}=${valueOf(parameter)}`);
  const filled = required.reduce(
    (whole, parameter) => whole.replace(`{${parameter.name}}`, valueOf(parameter)),
    path,
  );
  const body = typeof example === 'string' || example === undefined ? example : JSON.stringify(example);
  const key = path === '/sourceConfig' ? testKeys.write : testKeys.admin;
  const answer = await fetch(`${server.url}${filled}${query.length === 0 ? '' : `?${query.join('&')}`}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(mediaTypes[0] === undefined ? {} : { 'content-type': mediaTypes[0] }),
      ...signatureOf(path, body ?? ''),
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text() };
}

function signatureOf(path: string, body: string): Record<string, string> {
  const hmac = (text: string): string => createHmac('sha256', secret).update(text).digest('base64');
  if (path.includes('/shopify/')) {
    return { 'x-shopify-topic': 'orders/create', 'x-shopify-hmac-sha256': hmac(body) };
  }
  if (path.includes('/square/')) return { 'x-square-hmacsha256-signature': hmac(squareUrl + body) };
  if (!path.includes('/standard/')) return {};
  const at = new Date();
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(standardSecret).sign('msg_1', at, body),
  };
}

test('the routes of clients accept their examples, by the media type that the document names', async () => {
  const posts = operations.filter(({ path, method }) => clientPath.test(path) && method === 'POST');
  expect(posts.length).toBeGreaterThanOrEqual(11);
  for (const { path, mediaTypes, examples } of posts) {
    for (const example of examples) {
      const answer = await server.post(path, example, { headers: { 'content-type': mediaTypes[0] ?? '' } });
      expect({ path, status: answer.status, rejected: answer.json.rejected }).toEqual({
        path,
        status: 200,
        rejected: [],
      });
    }
  }
});

test('what browser libraries fetch is there at the paths of the document', async () => {
  const gets = operations.filter(({ path, method }) => clientPath.test(path) && method === 'GET');
  const missing = '/analytics-next/bundles/{file}';
  expect(gets.map(({ path }) => path).sort()).toEqual([
    '/analytics-next/bundles/{file}',
    '/analytics.js/v1/{writeKey}/analytics.min.js',
    '/i',
    '/p.js',
    '/sourceConfig',
    '/v1/projects/{writeKey}/settings',
  ]);
  for (const { path } of gets) {
    const filled = path.replace('{writeKey}', testKeys.write).replace('{file}', 'none.js');
    const answer = await fetch(`${server.url}${filled}?writeKey=${testKeys.write}`);
    expect([path, answer.status]).toEqual([path, path === missing ? 404 : 200]);
  }
});

test('whatever is sent, a route that takes touchpoints answers with a status that its operation names', async () => {
  const posts = operations.filter(
    ({ path, method, mediaTypes }) =>
      method === 'POST' && mediaTypes.length > 0 && !/\{|dead-letters/.test(path),
  );
  expect(posts.length).toBeGreaterThan(20);
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => `{"batch":[${json}]}`),
    fc.json().map((json) => `{"data":[${json}]}`),
    fc
      .record({ specversion: fc.constant('1.0'), id: fc.string(), data: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
  );
  const key = fc.constantFrom(null, testKeys.write, testKeys.server, testKeys.read, 'sk_unknown');
  const type = fc.constantFrom(
    'application/json',
    'text/plain',
    'application/cloudevents+json',
    'x/y',
    'application/x-ndjson',
  );
  const encoding = fc.constantFrom(null, null, null, 'gzip', 'br', 'unknown');
  await fc.assert(
    fc.asyncProperty(
      fc.nat(posts.length - 1),
      body,
      key,
      type,
      encoding,
      async (index, sent, presented, contentType, contentEncoding) => {
        const { path, statuses } = posts[index] as Operation;
        const answer = await server.post(path, sent, {
          raw: true,
          key: presented,
          headers: {
            'content-type': contentType,
            ...(contentEncoding === null ? {} : { 'content-encoding': contentEncoding }),
          },
        });
        expect(statuses, `${path} answered ${answer.status}`).toContain(String(answer.status));
        expect(answer.status).toBeLessThan(500);
      },
    ),
    { numRuns: testRuns(120) },
  );
});
