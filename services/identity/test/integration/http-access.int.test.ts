import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Identifier, KeyKind } from '@throughline/contracts';
import { runMigrations } from '@throughline/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, keys, startHttpHarness, touchpoint, user } from './http-harness.ts';

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

  test('GET /v1/touchpoints/{id} takes server keys besides', async () => {
    expect(await statusOf('GET', '/v1/touchpoints/1', null)).toBe(401);
    expect(await statusOf('GET', '/v1/touchpoints/1', 'write')).toBe(403);
    for (const key of ['server', 'read', 'admin'] as const)
      expect(await statusOf('GET', '/v1/touchpoints/1', key)).toBe(404);
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

describe('a read key that is limited', () => {
  const limited = 'rk_limited_0123456789abcdef0123456789ab';
  const searching = 'rk_searching_0123456789abcdef01234567';
  const fields = ['identifiers.loyalty_id', 'traits.firstName', 'consents'];
  const email: Identifier = { type: 'email', value: 'vera@example.org' };

  beforeAll(async () => {
    await runMigrations(harness.pool, {
      schema: 'ingest',
      directories: [join(import.meta.dirname, '../../../ingest/migrations')],
    });
    for (const [key, shown, maySearch] of [
      [limited, fields, true],
      [searching, null, true],
    ] as const) {
      await harness.pool.query(
        `insert into ingest.api_key (key_id, digest, hint, scope, source, fields, may_search, note)
         values (gen_random_uuid(), $1, 'rk_', 'read', 'reader', $2, $3, '')`,
        [hash('sha256', key, 'buffer'), shown, maySearch],
      );
    }
    await harness.send([
      touchpoint([user('vera'), { type: 'loyalty_id', value: '7001' }, email], {
        traits: { firstName: 'Vera', lastName: 'Hidden', plan: 'gold' },
        context: { consent: { categoryPreferences: { marketing: true } } },
      }),
    ]);
  });

  const ask = async (method: string, path: string, key = limited, body?: object) =>
    await harness.call(method, path, {
      key: null,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body }),
    });

  test('shows what its list names, and of the rest not even a name', async () => {
    const { status, body, headers } = await ask('GET', '/v1/profiles/user_id:vera');
    expect(status).toBe(200);
    expect(body.identifiers.map(({ type, value }: Identifier) => `${type}:${value}`)).toEqual([
      'loyalty_id:7001',
    ]);
    expect(Object.keys(body.traits)).toEqual(['firstName']);
    expect(body).toMatchObject({ consents: { marketing: { granted: true } }, identifierCount: 3 });
    expect(JSON.stringify(body)).not.toMatch(/gold|Hidden|lastName|plan|example/);
    const whole = await harness.profile('user_id:vera');
    expect(Object.keys(whole.body.traits)).toEqual(expect.arrayContaining(['plan', 'lastName']));
    // The tag is over what is shown.
    expect(headers.get('etag')).not.toBe(whole.headers.get('etag'));

    const lookup = await ask('POST', '/v1/profiles/lookup', limited, { refs: ['user_id:vera'] });
    expect(lookup.status).toBe(200);
    expect(JSON.stringify(lookup.body)).not.toMatch(/gold|Hidden|example/);
  });

  test('finds people only where it may search, by what it shows', async () => {
    const found = async (query: string, key = limited): Promise<number> => {
      const { status, body } = await ask('GET', `/v1/profiles?query=${query}`, key);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toMatch(key === limited ? /gold|Hidden|example/ : /nothing/);
      return body.items.length;
    };
    expect([await found('ver'), await found('7001')]).toEqual([1, 1]);
    expect([await found('hidden'), await found('vera@')]).toEqual([0, 0]);
    expect([await found('hidden', searching), await found('vera@', searching)]).toEqual([1, 1]);
    const other = await harness.call('GET', '/v1/profiles?query=vera', { key: 'read' });
    expect([other.status, other.body.code]).toEqual([403, 'forbidden']);
  });

  test('does not show people who are found by nothing that it may see, not even that there are more', async () => {
    await harness.send(
      Array.from({ length: 205 }, (_, number) =>
        touchpoint([{ type: 'email', value: `crowd-${number}@example.org` }], { id: `crowd-${number}` }),
      ),
    );
    await harness.send([touchpoint([{ type: 'loyalty_id', value: 'crowd-card' }], { id: 'crowd-card' })]);
    const { body } = await ask('GET', '/v1/profiles?query=crowd-');
    expect(body).toMatchObject({ items: [{ matches: [{ value: 'crowd-card' }] }], truncated: false });
    const { body: whole } = await ask('GET', '/v1/profiles?query=crowd-', searching);
    expect(whole.truncated).toBe(true);
  });

  const closed: readonly (readonly [string, string])[] = [
    ...readers.filter(([method, path]) => method === 'GET' && path !== '/v1/profiles/user_id:1'),
    ['GET', '/v1/profiles/user_id:1/history'],
    ['GET', '/v1/profiles/user_id:1/explain'],
    ['GET', '/v1/profiles/user_id:1/export'],
    ['GET', '/v1/profiles/changes'],
    ...deciders,
  ];
  test.each(closed)('does not open %s %s', async (method, path) => {
    const { status, body } = await ask(method, path, limited, method === 'POST' ? {} : undefined);
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });
});
