/** The OpenAPI document against the service: its examples are accepted, and no answer has a status that it does not name. */
import { testRuns } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

interface Operation {
  path: string;
  method: string;
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
    Record<string, { requestBody?: { content: Record<string, Media> }; responses: Record<string, unknown> }>
  >;
}

let server: IngestServer;
let operations: Operation[];

beforeAll(async () => {
  server = await startIngestServer();
  const { paths } = (await server.get('/openapi.json')).json as Document;
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody, responses }]) => {
      const content = Object.entries(requestBody?.content ?? {});
      const [first] = content.map(([, media]) => media);
      return {
        path,
        method: method.toUpperCase(),
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
