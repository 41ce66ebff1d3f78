import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createHttpApp, createKeyRing, createLogger, type HttpAppOptions } from '../src/index.ts';

const keys = {
  write: 'wk_0123456789abcdef0123456789abcdef',
  server: 'sk_0123456789abcdef0123456789abcdef',
};

async function createApp(options: Partial<HttpAppOptions> = {}) {
  const { app, requireKey } = await createHttpApp({
    service: 'test',
    title: 'Test',
    description: 'A test',
    logger: createLogger({ service: 'test', level: 'silent' }),
    keyRing: createKeyRing(keys),
    ready: {},
    host: '0.0.0.0',
    ...options,
  });
  app.post('/v1/things', { onRequest: requireKey('write', 'server') }, () => ({ done: true }));
  return app;
}

/** A body that fails the test when it is read. */
function unreadable(): Readable {
  return new Readable({
    read() {
      this.destroy(new Error('the body was read'));
    },
  });
}

const limits = (address: number, key: number) => ({
  http: { trustedProxies: ['192.0.2.1'], requestsPerMinute: { address, key } },
});

describe('a request that cannot pass is refused with its body unread', () => {
  test.each([
    ['without a key', '/v1/things', {}, 401, 'unauthorized'],
    ['with an unknown key', '/v1/things', { authorization: 'Bearer sk_nothing' }, 401, 'unauthorized'],
    ['to an unknown path', '/v1/nothing', { authorization: `Bearer ${keys.server}` }, 404, 'not_found'],
    ['with a method that the path lacks', '/livez', {}, 405, 'method_not_allowed'],
  ] as const)('%s', async (_name, url, headers, status, code) => {
    const app = await createApp();
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { ...headers, host: 'shop.example', 'content-type': 'application/json' },
      payload: unreadable(),
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code, requestId: answer.headers['x-request-id'] });
    if (status === 405) expect(answer.headers.allow).toBe('GET, HEAD');
  });

  test('with a media type that the route does not read, which the answer names', async () => {
    const app = await createApp();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/things',
      headers: { host: 'shop.example', authorization: `Bearer ${keys.server}`, 'content-type': 'text/xml' },
      payload: unreadable(),
    });
    expect(answer.statusCode).toBe(415);
    expect(answer.json()).toMatchObject({ field: 'content-type', expected: 'application/json' });
  });

  test('with the name of another host, which the answer says', async () => {
    const app = await createApp({ host: '127.0.0.1' });
    const answer = await app.inject({ method: 'GET', url: '/livez', headers: { host: 'shop.example' } });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'wrong_host', field: 'host' });
  });
});

describe('requests a minute are limited', () => {
  const send = async (
    app: Awaited<ReturnType<typeof createApp>>,
    remoteAddress: string,
    headers: Record<string, string> = {},
  ) => await app.inject({ method: 'GET', url: '/v1/x', remoteAddress, headers: { host: 'h', ...headers } });

  test('for one address, whatever the others do', async () => {
    const app = await createApp(limits(2, 0));
    const statuses = [];
    for (let number = 0; number < 3; number++) statuses.push((await send(app, '198.51.100.1')).statusCode);
    expect(statuses).toEqual([404, 404, 429]);
    expect((await send(app, '198.51.100.2')).statusCode).toBe(404);
  });

  test('an answer says what is allowed, what is left and when to come back', async () => {
    const app = await createApp(limits(1, 0));
    const first = await send(app, '198.51.100.1');
    expect(first.headers['ratelimit-policy']).toBe('"address";q=1;w=60');
    expect(first.headers['ratelimit']).toMatch(/^"address";r=0;t=\d+$/);
    const second = await send(app, '198.51.100.1');
    expect(second.json()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(second.json()).not.toHaveProperty('retryAfterSeconds');
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(second.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  test('for all addresses of an IPv6 network together', async () => {
    const app = await createApp(limits(1, 0));
    expect((await send(app, '2001:db8:0:1::1')).statusCode).toBe(404);
    expect((await send(app, '2001:db8:0:1::2')).statusCode).toBe(429);
  });

  test('for one key, from wherever it comes, and not for the address of a server key', async () => {
    const app = await createApp(limits(1, 2));
    const withServerKey = { authorization: `Bearer ${keys.server}` };
    expect((await send(app, '198.51.100.1', withServerKey)).statusCode).toBe(404);
    expect((await send(app, '198.51.100.1', withServerKey)).statusCode).toBe(404);
    expect((await send(app, '198.51.100.2', withServerKey)).statusCode).toBe(429);
    expect((await send(app, '198.51.100.2', { authorization: `Bearer ${keys.write}` })).statusCode).toBe(404);
  });

  test('with the policies of address and key both, where both count', async () => {
    const app = await createApp(limits(5, 9));
    const { headers } = await send(app, '198.51.100.1', { authorization: `Bearer ${keys.write}` });
    expect(headers['ratelimit-policy']).toBe('"address";q=5;w=60, "key";q=9;w=60');
    expect(headers['ratelimit']).toMatch(/^"address";r=4;t=\d+, "key";r=8;t=\d+$/);
  });

  test('not for the questions of orchestrators', async () => {
    const app = await createApp(limits(1, 1));
    for (let number = 0; number < 3; number++) {
      const answer = await app.inject({
        method: 'GET',
        url: '/livez',
        remoteAddress: '198.51.100.1',
        headers: { host: 'h' },
      });
      expect(answer.statusCode).toBe(200);
    }
  });

  test('a forwarded address counts from a trusted proxy only', async () => {
    const app = await createApp(limits(1, 0));
    const forwarded = (address: string) => ({ 'x-forwarded-for': address });
    expect((await send(app, '192.0.2.1', forwarded('198.51.100.1'))).statusCode).toBe(404);
    expect((await send(app, '192.0.2.1', forwarded('198.51.100.2'))).statusCode).toBe(404);
    expect((await send(app, '203.0.113.7', forwarded('198.51.100.3'))).statusCode).toBe(404);
    expect((await send(app, '203.0.113.7', forwarded('198.51.100.4'))).statusCode).toBe(429);
  });
});
