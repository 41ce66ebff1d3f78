import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

let server: IngestServer;
/** Beside it: for requests that never become whole. What is whole may take longer than this on a busy machine. */
let impatient: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
  const { connectionString } = server;
  impatient = await startIngestServer({ connectionString, limits: { requestTimeoutMs: 400 } });
});
afterAll(async () => {
  await impatient.stop();
  await server.stop();
});

interface RawAnswer {
  status: number;
  head: string;
  body: string;
  closed: boolean;
}

/** Writes bytes to a socket and reads until the server closes it or an answer is whole. */
function exchange(
  parts: readonly (string | Buffer)[],
  options: { half?: boolean; to?: IngestServer } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { port } = options.to ?? server;
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const settle = (closed: boolean): void => {
      const [statusAndHeaders = '', body = ''] = text.split('\r\n\r\n', 2);
      socket.destroy();
      resolve({
        status: Number(statusAndHeaders.split(' ')[1]),
        head: statusAndHeaders.toLowerCase(),
        body,
        closed,
      });
    };
    socket.setTimeout(60_000, () => reject(new Error('neither answered nor closed')));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      const body = text.split('\r\n\r\n')[1];
      const isWhole = length !== undefined && body !== undefined && Buffer.byteLength(body) >= Number(length);
      if (isWhole && !/connection: close/i.test(text)) settle(false);
    });
    socket.on('close', () => settle(true));
    socket.on('error', () => {});
    for (const part of parts) socket.write(part);
    if (options.half === true) socket.end();
  });
}

const securityHeaders = [
  'x-content-type-options: nosniff',
  'cache-control: no-store',
  'referrer-policy: no-referrer',
  "content-security-policy: default-src 'none'",
];

function head(path: string, ...lines: string[]): string {
  return [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${testKeys.server}`,
    'Content-Type: application/json',
    ...lines,
    '',
    '',
  ].join('\r\n');
}

describe('a request that Node itself refuses is answered as a problem with every header', () => {
  const body = '{"type":"track","event":"E","userId":"u"}';
  test.each([
    [
      'two Content-Length',
      [head('/v1/track', 'Content-Length: 2', 'Content-Length: 3'), '{}'],
      400,
      'malformed_request',
    ],
    [
      'Content-Length with Transfer-Encoding',
      [head('/v1/track', 'Content-Length: 2', 'Transfer-Encoding: chunked'), '2\r\n{}\r\n0\r\n\r\n'],
      400,
      'malformed_request',
    ],
    [
      'a percent sign that encodes nothing',
      ['GET /v1/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
      400,
      'malformed_request',
    ],
    ['no Host', ['GET /livez HTTP/1.1\r\n\r\n'], 400, 'malformed_request'],
    ['nonsense', ['\x16\x03\x01 hello\r\n\r\n'], 400, 'malformed_request'],
    ['20 KB of headers', [head('/v1/track', `X-Long: ${'x'.repeat(20_000)}`)], 431, 'headers_too_large'],
    [
      'a body shorter than announced',
      [head('/v1/track', `Content-Length: ${body.length + 10}`), body],
      408,
      'request_timeout',
    ],
    ['a body that never comes', [head('/v1/track', 'Content-Length: 10')], 408, 'request_timeout'],
    ['headers that never end', ['POST /v1/track HTTP/1.1\r\nHost: localhost\r\n'], 408, 'request_timeout'],
  ] as const)('%s: %#', async (_name, parts, status, code) => {
    const answer = await exchange(parts, { to: status === 408 ? impatient : server });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code });
    expect(answer.head).toContain('content-type: application/problem+json');
    for (const header of securityHeaders) expect(answer.head).toContain(header);
    if (status === 408) expect(answer.closed).toBe(true);
  });

  test('also when the client closes its side in the middle of the body', async () => {
    const answer = await exchange([head('/v1/track', 'Content-Length: 100'), '{"a"'], {
      half: true,
      to: impatient,
    });
    expect(answer).toMatchObject({ status: 408, closed: true });
  });

  test('answers 413 to a client that listens only once it has sent everything, as most do', async () => {
    const large = 'x'.repeat(4_000_000);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1');
      let received = '';
      socket.pause();
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (received.includes('payload_too_large')) {
          socket.destroy();
          resolve(received);
        }
      });
      socket.on('error', reject);
      socket.write(head('/v1/track', `Content-Length: ${large.length}`));
      socket.write(large, () => socket.resume());
    });
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('takes a chunked body', async () => {
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect((await exchange([head('/v1/track', 'Transfer-Encoding: chunked'), chunks])).status).toBe(200);
  });
});

describe('the native route is strict about types', () => {
  const body = JSON.stringify({ type: 'track', event: 'E', userId: 'u' });
  const native = (headers: Record<string, string>) =>
    server.post('/v1/touchpoints', body, { raw: true, headers });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=latin1',
    'application/json; charset="utf-16"',
    'application/xml',
    'nonsense',
  ])('%s is a 415', async (type) => {
    expect(await native({ 'content-type': type })).toMatchObject({
      status: 415,
      json: { code: 'unsupported_media_type' },
    });
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=UTF8'])(
    '%s is read',
    async (type) => {
      expect((await native({ 'content-type': type })).status).toBe(200);
    },
  );

  test('none at all is a 415 too', async () => {
    const raw = [
      'POST /v1/touchpoints HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${testKeys.server}`,
    ];
    const answer = await exchange([[...raw, `Content-Length: ${body.length}`, '', body].join('\r\n')]);
    expect(answer.status).toBe(415);
  });
});

describe('browsers', () => {
  test('may send any header they ask for, and see Retry-After', async () => {
    for (const path of ['/v1/touchpoints', '/v1/t', '/v1/batch', '/v1/alias']) {
      const answer = await fetch(server.url + path, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://shop.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,x-retry-count,rsa-retry-reason',
        },
      });
      expect(answer.status).toBe(204);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-allow-headers')).toBe(
        'authorization,x-retry-count,rsa-retry-reason',
      );
      expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
    }
    const failed = await server.post('/v1/batch', '{', {
      raw: true,
      headers: { origin: 'https://shop.example' },
    });
    expect(failed.headers.get('access-control-allow-origin')).toBe('*');
    expect(failed.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });

  test('get no such permission from the routes of operators', async () => {
    const answer = await fetch(`${server.url}/v1/rejected`, { method: 'OPTIONS' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('paths and methods', () => {
  test.each([
    ['GET', '/v1/batch', 'OPTIONS, POST'],
    ['PUT', '/v1/touchpoints', 'OPTIONS, POST'],
    ['DELETE', '/v1/rejected', 'GET, HEAD'],
    ['POST', '/livez', 'GET, HEAD'],
    ['GET', '/v1/rejected/00000000-0000-4000-8000-000000000000/replay', 'POST'],
  ])('%s %s is a 405 with Allow: %s', async (method, path, allow) => {
    const answer = await fetch(server.url + path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
  });

  test('that do not exist are a 404 that repeats nothing', async () => {
    const answer = await server.get('/v1/secret@example.org?writeKey=wk_x');
    expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(answer.text).not.toContain('secret');
  });

  test('of another name for this machine are refused', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '10.0.0.1']) {
      const answer = await exchange([`GET /livez HTTP/1.1\r\nHost: ${host}\r\n\r\n`]);
      expect(answer.status).toBe(403);
    }
    for (const host of ['localhost', `127.0.0.1:${server.port}`, '[::1]:80', 'LOCALHOST']) {
      expect((await exchange([`GET /livez HTTP/1.1\r\nHost: ${host}\r\n\r\n`])).status).toBe(200);
    }
  });

  test('are generated an id that the client cannot choose', async () => {
    const answer = await fetch(`${server.url}/livez`, {
      headers: { 'x-request-id': 'mine', 'request-id': 'mine' },
    });
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-f-]{36}$/);
  });
});

describe('every answer carries the security headers', () => {
  test.each([
    ['GET', '/livez', 200],
    ['GET', '/readyz', 200],
    ['GET', '/metrics', 200],
    ['GET', '/openapi.json', 200],
    ['GET', '/docs', 200],
    ['GET', '/docs/static/swagger-ui.css', 200],
    ['GET', '/v1/nothing', 404],
    ['GET', '/v1/batch', 405],
    ['GET', '/v1/rejected', 401],
    ['POST', '/v1/track', 401],
    ['OPTIONS', '/v1/track', 204],
  ])('%s %s', async (method, path, status) => {
    const answer = await fetch(server.url + path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('what operators read', () => {
  test('documents every route of the API', async () => {
    const { json } = await server.get('/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    expect(Object.keys(json.paths)).toEqual(
      expect.arrayContaining([
        '/v1/touchpoints',
        '/v1/batch',
        '/v1/t',
        '/v1/rejected',
        '/v1/rejected/{rejectionId}',
      ]),
    );
  });

  test('names each operation, its key and its refusals, and shows a body that is accepted', async () => {
    const { paths } = (await server.get('/openapi.json')).json;
    // oxlint-disable-next-line typescript/no-explicit-any -- the document is looked at from outside, as a client does
    const operations = Object.entries<Record<string, any>>(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(() => path.startsWith('/v1/'))
        .map(([method, operation]) => ({ path, method, operation })),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { path, method, operation } of operations) {
      for (const status of ['401', '403', '429', '503'])
        expect(Object.keys(operation.responses[status].content)).toEqual(['application/problem+json']);
      const media = operation.requestBody?.content['application/json'];
      if (
        method !== 'post' ||
        media === undefined ||
        path.includes('{') ||
        path.startsWith('/v1/dead-letters')
      )
        continue;
      const isForSenders = operation.security.some((scheme: object) => 'serverKey' in scheme);
      const examples =
        media.examples === undefined
          ? [media.example]
          : Object.values<{ value: unknown }>(media.examples).map(({ value }) => value);
      for (const example of examples) {
        const key = isForSenders || operation.security.length === 0 ? testKeys.server : testKeys.admin;
        const answer = await server.post(path, example, { key });
        expect({ path, status: answer.status, rejected: answer.json.rejected ?? [] }).toEqual({
          path,
          status: 200,
          rejected: [],
        });
      }
    }
  });

  test('counts touchpoints, rejects and requests by route', async () => {
    await server.post('/v1/track', { event: 'E', userId: 'u' });
    const { text } = await server.get('/metrics');
    expect(text).toMatch(/throughline_ingest_touchpoints_accepted_total\{[^}]*label="server"[^}]*\} \d+/);
    expect(text).toMatch(/http_request_duration_seconds_count\{[^}]*route="\/v1\/track"[^}]*\} \d+/);
  });
});
