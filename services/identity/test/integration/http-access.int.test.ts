import type { KeyKind } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, keys, startHttpHarness } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const readers = [
  ['GET', '/v1/profiles/user_id:1'],
  ['POST', '/v1/profiles/lookup'],
  ['GET', '/v1/profiles/user_id:1/touchpoints'],
  ['GET', '/v1/profiles/user_id:1/links'],
  ['GET', '/v1/touchpoints/1'],
] as const;
const deciders = [
  ['POST', '/v1/identity/decisions'],
  ['GET', '/v1/identity/decisions'],
  ['GET', '/v1/identity/decisions/00000000-0000-0000-0000-000000000000'],
  ['DELETE', '/v1/identity/decisions/00000000-0000-0000-0000-000000000000'],
] as const;

async function statusOf(method: string, path: string, key: KeyKind | null): Promise<number> {
  const body = method === 'POST' ? {} : undefined;
  return (await harness.call(method, path, { key, ...(body === undefined ? {} : { body }) })).status;
}

describe('access', () => {
  test.each(readers)('%s %s takes read and admin keys only', async (method, path) => {
    expect(await statusOf(method, path, null)).toBe(401);
    expect(await statusOf(method, path, 'write')).toBe(403);
    expect(await statusOf(method, path, 'server')).toBe(403);
    for (const key of ['read', 'admin'] as const) {
      expect([400, 404]).toContain(await statusOf(method, path, key));
    }
  });

  test.each(deciders)('%s %s takes admin keys only', async (method, path) => {
    expect(await statusOf(method, path, null)).toBe(401);
    for (const key of ['write', 'server', 'read'] as const) {
      expect(await statusOf(method, path, key)).toBe(403);
    }
    expect([200, 400, 404]).toContain(await statusOf(method, path, 'admin'));
  });

  test('answers a write key the same whether a person exists or not', async () => {
    const answers = await Promise.all(
      ['user_id:1', 'nonsense', ''].map((ref) =>
        harness.call('GET', `/v1/profiles/${ref}`, { key: 'write' }),
      ),
    );
    const bodies = answers.map(({ status, body }) => ({ status, ...body, requestId: null }));
    expect(new Set(bodies.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  test('is open where probes and scrapers look', async () => {
    expect((await harness.call('GET', '/livez', { key: null })).status).toBe(200);
    expect(await harness.call('GET', '/readyz', { key: null })).toMatchObject({
      status: 200,
      body: { ready: true, checks: { database: 'ok', log: 'ok', migrations: 'ok' } },
    });
    const metrics = await (await fetch(`${harness.url}/metrics`)).text();
    expect(metrics).toContain('http_request_duration_seconds');
  });

  test('documents every route', async () => {
    const { status, body } = await harness.call('GET', '/openapi.json', { key: null });
    expect(status).toBe(200);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/profiles/{ref}',
        '/v1/profiles/lookup',
        '/v1/profiles/{ref}/touchpoints',
        '/v1/profiles/{ref}/links',
        '/v1/touchpoints/{id}',
        '/v1/identity/decisions',
        '/v1/identity/decisions/{id}',
      ]),
    );
    const lookup = body.paths['/v1/profiles/lookup'].post;
    expect(lookup.responses['200'].content['application/json'].schema.properties).toHaveProperty('profiles');
    expect(Object.keys(lookup.responses)).toEqual(expect.arrayContaining(['400', '401', '413', '415']));
  });

  test('answers wrong methods 405 and other paths 404', async () => {
    expect(await harness.call('PUT', '/v1/profiles/user_id:1')).toMatchObject({ status: 405 });
    expect(await harness.call('GET', '/v1/profile')).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  });

  test('writes no key, reference or query string to the log', () => {
    const text = harness.lines.join('');
    for (const key of Object.values(keys)) expect(text).not.toContain(key);
    expect(text).not.toContain('user_id:1');
    expect(text).toContain('/v1/profiles/:ref');
  });
});
