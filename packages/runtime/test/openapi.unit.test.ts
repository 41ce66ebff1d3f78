import { describe, expect, test } from 'vitest';
import { createHttpApp, createKeyRing, createLogger } from '../src/index.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- read as a client does, without types
async function readDocument(): Promise<Record<string, any>> {
  const { app, requireKey } = await createHttpApp({
    service: 'test',
    title: 'Test',
    description: 'A test',
    logger: createLogger({ service: 'test', level: 'silent' }),
    keyRing: createKeyRing({}),
    ready: {},
    host: '127.0.0.1',
  });
  app.get('/v1/figures', { onRequest: requireKey('read') }, () => ({}));
  app.post('/v1/touchpoints', { onRequest: requireKey('write', 'server') }, () => ({}));
  const answer = await app.inject({ method: 'GET', url: '/openapi.json', headers: { host: 'localhost' } });
  return await answer.json();
}

describe('the OpenAPI document', () => {
  test('names the keys that a route takes, and none for a route that is open', async () => {
    const { paths, security } = await readDocument();
    expect(paths['/v1/figures'].get.security).toEqual([{ readKey: [] }, { adminKey: [] }]);
    expect(paths['/v1/touchpoints'].post.security).toEqual([
      { writeKey: [] },
      { serverKey: [] },
      { adminKey: [] },
    ]);
    expect(paths['/livez'].get.security).toEqual([]);
    expect(security).toEqual([]);
  });

  test('says what each kind of key is for, and which server answers', async () => {
    const { components, servers } = await readDocument();
    expect(Object.keys(components.securitySchemes)).toEqual(['writeKey', 'serverKey', 'readKey', 'adminKey']);
    expect(components.securitySchemes.serverKey.description).toMatch(/never in a page/);
    expect(servers).toEqual([{ url: '/', description: expect.any(String) as string }]);
  });
});
