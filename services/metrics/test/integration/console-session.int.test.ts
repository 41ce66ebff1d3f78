/** The console's server side, asked as browsers and as hostile pages ask it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adminKey, type MetricsProcess, readKey, startMetricsProcess } from './metrics-process.ts';

let database: TestDatabase;
let metrics: MetricsProcess;
/** In the place of identity; what it was asked, and what it answers. */
let identity: Server;
let asked: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
let answer: { status: number; type: string; body: string };

beforeAll(async () => {
  identity = createServer((request, response) => {
    asked.push(request);
    response
      .writeHead(answer.status, { 'content-type': answer.type, 'set-cookie': 'foreign=1' })
      .end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(identity, 'listening');
  const address = identity.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  database = await createTestDatabase();
  metrics = await startMetricsProcess(database.connectionString, {
    THROUGHLINE_IDENTITY_URL: `http://127.0.0.1:${port}`,
    THROUGHLINE_INGEST_URL: 'http://127.0.0.1:9',
  });
});
afterAll(async () => {
  await metrics.stop();
  identity.close();
  await database.drop();
});
beforeEach(() => {
  asked = [];
  answer = { status: 200, type: 'application/json', body: '{"items":[]}' };
});

const fromPage = { 'throughline-console': '1', 'sec-fetch-site': 'same-origin' };

async function call(path: string, options: RequestInit & { cookie?: string } = {}): Promise<Response> {
  const { cookie, headers, ...rest } = options;
  return await fetch(metrics.url + path, {
    ...rest,
    headers: {
      ...fromPage,
      ...(headers as Record<string, string>),
      ...(cookie === undefined ? {} : { cookie }),
    },
  });
}

async function post(
  path: string,
  body: unknown,
  options: RequestInit & { cookie?: string } = {},
): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(options.headers as Record<string, string>) };
  return await call(path, { ...options, method: 'POST', body: JSON.stringify(body), headers });
}

async function cookieOf(key: string): Promise<string> {
  const response = await post('/console/session', { key });
  expect(response.status).toBe(200);
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

describe('a session', () => {
  test('begins with a read or an admin key, and says what the pages need to know', async () => {
    const cookie = await cookieOf(readKey);
    const session: unknown = await (await call('/console/session', { cookie })).json();
    expect(session).toMatchObject({
      signedIn: true,
      kind: 'read',
      timeZone: 'UTC',
      windows: [7, 30, 90, 365],
    });
    expect(await (await call('/console/session')).json()).toEqual({ signedIn: false });
  });

  test('that was signed out is opened by no copy of its cookie, and others stay', async () => {
    const cookie = await cookieOf(readKey);
    const other = await cookieOf(readKey);
    const ask = async (one: string): Promise<number> =>
      (await call('/console/api/identity/v1/freshness', { cookie: one })).status;
    expect([await ask(cookie), await ask(other)]).toEqual([200, 200]);
    const response = await call('/console/session', { method: 'DELETE', cookie });
    expect([response.status, response.headers.get('set-cookie')]).toEqual([
      200,
      expect.stringContaining('Max-Age=0'),
    ]);
    expect([await ask(cookie), await ask(other)]).toEqual([401, 200]);
    expect(await (await call('/console/session', { cookie })).json()).toEqual({ signedIn: false });
    // Without a session there is nothing to end.
    expect((await call('/console/session', { method: 'DELETE', cookie })).status).toBe(200);
  });

  test.each(['', 'rk_unknown', 'x'.repeat(200)])(
    'does not begin with the key "%s", and no password is asked for',
    async (key) => {
      const response = await post('/console/session', { key });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBeNull();
      expect(response.headers.get('set-cookie')).toBeNull();
    },
  );

  test('ends when it is left', async () => {
    const response = await call('/console/session', { method: 'DELETE' });
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0');
  });
});

describe('requests by way of the console', () => {
  test('reach metrics and the other services with the key of the session, and without its cookie', async () => {
    const cookie = await cookieOf(readKey);
    const own = await call('/console/api/metrics/v1/metrics/growth?window=30', { cookie });
    expect(await own.json()).toHaveProperty('definition');
    const other = await call('/console/api/identity/v1/profiles/a%2Fb%3Ac/links?limit=5', { cookie });
    expect(await other.json()).toEqual({ items: [] });
    expect(other.headers.get('set-cookie')).toBeNull();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url).toBe('/v1/profiles/a%2Fb%3Ac/links?limit=5');
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${readKey}`);
    expect(asked[0]?.headers.cookie).toBeUndefined();
  });

  test('need a session', async () => {
    const response = await call('/console/api/identity/v1/freshness');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(asked).toEqual([]);
  });

  test('keep the rights of the key', async () => {
    const cookie = await cookieOf(readKey);
    expect((await call('/console/api/metrics/v1/dead-letters', { cookie })).status).toBe(403);
    const admin = await cookieOf(adminKey);
    expect((await call('/console/api/metrics/v1/dead-letters', { cookie: admin })).status).toBe(200);
  });

  test.each([
    '/console/api/identity/docs',
    '/console/api/identity//elsewhere.example/v1/freshness',
    '/console/api/identity/v1/profiles/..%2f..%2fdocs/../../../docs',
    '/console/api/identity/v1/profiles/%2e%2e/%2e%2e/docs',
    '/console/api/metrics/console/session',
    '/console/api/elsewhere/v1/freshness',
    '/console/api/identity',
  ])('go to no other place: %s', async (path) => {
    const cookie = await cookieOf(adminKey);
    // By hand: `fetch` would normalize the path.
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(metrics.url, { path, headers: { ...fromPage, cookie } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    // What is no address of the API is the page.
    expect([200, 404]).toContain(status);
    expect(asked).toEqual([]);
  });

  test('of a page of another origin are refused, be it on another port of this machine', async () => {
    const cookie = await cookieOf(adminKey);
    const decide = async (headers: Record<string, string>) =>
      (await post('/console/api/identity/v1/identity/decisions', {}, { cookie, headers })).status;
    expect(await decide({})).toBe(200);
    expect(await decide({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await decide({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await decide({ origin: 'http://127.0.0.1:3000' })).toBe(403);
    expect(await decide({ origin: 'null' })).toBe(403);
    const withoutHeader = await fetch(`${metrics.url}/console/api/identity/v1/identity/decisions`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(withoutHeader.status).toBe(403);
    expect(
      (
        await call('/console/api/identity/v1/freshness', {
          cookie,
          headers: { 'sec-fetch-site': 'same-site' },
        })
      ).status,
    ).toBe(403);
    expect(asked).toHaveLength(1);
  });

  test('say that a service cannot be reached, and show no page of another service', async () => {
    const cookie = await cookieOf(adminKey);
    const gone = await call('/console/api/ingest/v1/sources', { cookie });
    expect(gone.status).toBe(502);
    expect(await gone.json()).toMatchObject({ code: 'service_unreachable', service: 'ingest' });
    answer = { status: 200, type: 'text/html', body: '<script>alert(1)</script>' };
    expect((await call('/console/api/identity/v1/freshness', { cookie })).status).toBe(502);
  });

  test('pass on what the service says is wrong', async () => {
    const cookie = await cookieOf(adminKey);
    answer = { status: 404, type: 'application/problem+json', body: '{"code":"profile_not_found"}' };
    const response = await call('/console/api/identity/v1/profiles/x', { cookie });
    expect([response.status, await response.json()]).toEqual([404, { code: 'profile_not_found' }]);
  });
});

describe('the page', () => {
  test('is the same at each address of the console, and allows nothing but its own files', async () => {
    const page = await call('/console/profiles/a%3Ab');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    const html = await page.text();
    expect(html).toBe(await (await call('/console')).text());
    const addresses = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address = '']) => address);
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      const file = await call(address);
      expect(file.status, address).toBe(200);
      expect(file.headers.get('content-encoding')).toBe('gzip');
      expect(file.headers.get('cache-control')).toContain('immutable');
      const plain = await call(address, { headers: { 'accept-encoding': 'identity' } });
      expect(await plain.text()).toBe(await file.text());
    }
    expect((await call('/console/assets/console-0.js')).status).toBe(404);
  });
});
