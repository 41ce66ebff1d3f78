import { topics } from '@throughline/contracts';
import { createPool } from '@throughline/postgres';
import { createKeyRing, createLogger, startStoredKeys } from '@throughline/runtime';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startIngestServer, testKeys, until, type Answer, type IngestServer } from './ingest-server.ts';

let server: IngestServer;
/** Another process on the same database. */
let other: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
  other = await startIngestServer({ connectionString: server.connectionString });
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

const admin = testKeys.admin;

async function post(path: string, body: unknown): Promise<Answer> {
  return await server.post(path, body, { key: admin });
}

async function put(path: string, body: unknown): Promise<Response> {
  return await fetch(server.url + path, {
    method: 'PUT',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function makeKey(body: object): Promise<{ id: string; key: string }> {
  const { status, json } = await post('/v1/keys', body);
  expect(status).toBe(200);
  return json as { id: string; key: string };
}

let sent = 0;
async function send(key: string, to: IngestServer = server): Promise<number> {
  sent += 1;
  const item = { type: 'track', event: 'E', userId: 'u', messageId: `m-${sent}` };
  return (await to.post('/v1/touchpoints', item, { key })).status;
}

describe('a key', () => {
  test('is shown once, and opens every ingest at once for what its source may do', async () => {
    const { id, key } = await makeKey({ scope: 'server', source: 'server', note: 'till server' });
    expect(key).toMatch(/^sk_[\w-]{32}$/);
    expect(await send(key)).toBe(200);
    expect(await send(key, other)).toBe(200);
    const { json } = await server.get('/v1/keys?source=server', admin);
    expect(json.items.map((one: { id: string }) => one.id)).toEqual(['built-in-server', id]);
    expect(JSON.stringify(json)).not.toContain(key.slice(8));
    const { rows } = await server.pool.query('select * from ingest.api_key');
    expect(JSON.stringify(rows)).not.toContain(key.slice(8));
    expect(server.logged().join('')).not.toContain(key.slice(8));
  });

  test('that is replaced stays valid for its grace period, and no longer', async () => {
    const first = await makeKey({ scope: 'server', source: 'server' });
    const second = (await post(`/v1/keys/${first.id}/rotate`, { graceSeconds: 3600 })).json;
    expect([await send(first.key), await send(second.key), await send(second.key, other)]).toEqual([
      200, 200, 200,
    ]);
    expect((await post(`/v1/keys/${first.id}/rotate`, {})).json).toMatchObject({ code: 'access_conflict' });
    const third = (await post(`/v1/keys/${second.id}/rotate`, { graceSeconds: 0 })).json;
    expect([await send(second.key), await send(third.key)]).toEqual([401, 200]);
  });

  test('that is disabled is refused here at once and elsewhere within seconds', async () => {
    const { id, key } = await makeKey({ scope: 'server', source: 'server' });
    expect(await send(key, other)).toBe(200);
    expect((await post(`/v1/keys/${id}/disable`, {})).json.disabledAt).not.toBeNull();
    expect(await send(key)).toBe(401);
    await until(async () => (await send(key, other)) === 401);
  });

  test('that reads may be limited to fields of profiles, which a key in its place keeps', async () => {
    const fields = ['identifiers.loyalty_id', 'traits.name', 'computed'];
    const made = await makeKey({ scope: 'read', fields: [...fields, 'computed'], search: true });
    const { id } = (await post(`/v1/keys/${made.id}/rotate`, { graceSeconds: 0 })).json;
    const { json } = await server.get('/v1/keys', admin);
    const shown = json.items.filter((one: { id: string }) => [made.id, id].includes(one.id));
    expect(shown).toMatchObject([
      { fields, search: true },
      { fields, search: true },
    ]);
    const built = json.items.find((one: { id: string }) => one.id === 'built-in-read');
    expect(built).toMatchObject({ fields: null, search: false });
    for (const refused of [
      { scope: 'server', source: 'server', fields },
      { scope: 'admin', search: true },
      { scope: 'read', fields: ['identifier'] },
      { scope: 'read', fields: ['traits.'] },
      { scope: 'read', fields: ['computed.stage'] },
      { scope: 'read', fields: ['traits.a\u0000'] },
    ])
      expect(await post('/v1/keys', refused)).toMatchObject({
        status: 400,
        json: { code: 'invalid_parameter' },
      });
  });

  test('has the scope that it was made with', async () => {
    const read = await makeKey({ scope: 'read' });
    expect((await server.get('/v1/pos/gaps?store=A&day=2026-03-01', read.key)).status).toBe(200);
    expect(await send(read.key)).toBe(403);
    const another = await makeKey({ scope: 'admin' });
    expect((await server.get('/v1/keys', another.key)).status).toBe(200);
    expect((await server.get('/v1/keys', read.key)).status).toBe(403);
  });

  test.each([
    [{ scope: 'server' }, 'invalid_parameter'],
    [{ scope: 'server', source: 'nothing' }, 'source_not_found'],
    [{ scope: 'write', source: 'server' }, 'access_conflict'],
    [{ scope: 'server', source: 'website' }, 'access_conflict'],
    [{ scope: 'root', source: 'server' }, 'invalid_parameter'],
    [{ scope: 'server', source: 'server', key: 'sk_mine' }, 'invalid_parameter'],
  ])('is not made from %j', async (body, code) => {
    expect((await post('/v1/keys', body)).json).toMatchObject({ code });
  });

  test('is refused in the same way whether it never was or is no longer', async () => {
    const unknown = `sk_${'0123456789abcdef'.repeat(2)}`;
    expect(await send(unknown)).toBe(401);
    expect((await post('/v1/keys/7b9e2a52-6f0e-4c7b-9d53-8d9f0f5a1c11/disable', {})).json).toMatchObject({
      code: 'key_not_found',
    });
  });

  test('is read by other services from the same table', async () => {
    const pool = createPool({
      connectionString: server.connectionString,
      applicationName: 'test',
      onError: () => {},
    });
    const stored = await startStoredKeys({
      pool,
      logger: createLogger({ service: 'test', level: 'silent' }),
    });
    onTestFinished(async () => {
      await stored.stop();
      await pool.end();
    });
    const keyRing = createKeyRing({}, stored);
    const { id, key } = await makeKey({ scope: 'read', source: 'dashboard' });
    expect(await keyRing.find(key)).toEqual({ kind: 'read', source: 'dashboard' });
    await post(`/v1/keys/${id}/disable`, {});
    await until(() => keyRing.authenticate(key) === null);
  });
});

describe('a source', () => {
  test('writes under its name, by its settings, which are in force at once and on every ingest', async () => {
    await post('/v1/sources', { name: 'berlin', trust: 'server', settings: { transactionScope: 'berlin' } });
    const { key } = await makeKey({ scope: 'server', source: 'berlin' });
    const receipt = {
      store: 'S',
      register: '1',
      businessDay: '2026-03-01',
      time: '2026-03-01T10:00:00',
      currency: 'EUR',
      total: 1,
    };
    await server.post('/v1/pos/receipts', { ...receipt, sequence: 1 }, { key });
    const settings = { transactionScope: 'berlin', pos: { timeZone: 'Europe/Berlin' } };
    expect((await put('/v1/sources/berlin', { settings })).status).toBe(200);
    await server.post('/v1/pos/receipts', { ...receipt, sequence: 2 }, { key });
    await until(async () => {
      await other.post('/v1/pos/receipts', { ...receipt, sequence: 3, operator: 'x' }, { key });
      const found = (await server.records(topics.touchpoints)).filter(
        ({ touchpoint }) => touchpoint.source === 'berlin',
      );
      const byId = new Map(found.map(({ touchpoint }) => [touchpoint.id, touchpoint]));
      expect(byId.get('S:1:2026-03-01:1')).toMatchObject({
        occurredAt: '2026-03-01T10:00:00.000Z',
        identifiers: [{ type: 'receipt_id.berlin', value: 'S:1:2026-03-01:1' }],
      });
      expect(byId.get('S:1:2026-03-01:2').occurredAt).toBe('2026-03-01T09:00:00.000Z');
      return found.some(
        ({ touchpoint: { id, occurredAt } }) => id === 'S:1:2026-03-01:3' && occurredAt.includes('T09:'),
      );
    });
  });

  test('is disabled with its keys', async () => {
    await post('/v1/sources', { name: 'closing', trust: 'public' });
    const { key } = await makeKey({ scope: 'write', source: 'closing' });
    expect(await send(key)).toBe(200);
    expect((await put('/v1/sources/closing', { disabled: true })).status).toBe(200);
    expect(await send(key)).toBe(401);
    await put('/v1/sources/closing', { disabled: false });
    expect(await send(key)).toBe(401);
    expect(await send((await makeKey({ scope: 'write', source: 'closing' })).key)).toBe(200);
  });

  test('of pages grants its own origins, whatever another source grants', async () => {
    await post('/v1/sources', {
      name: 'shop_b',
      trust: 'public',
      settings: { allowedOrigins: ['https://b.example'] },
    });
    const { key } = await makeKey({ scope: 'write', source: 'shop_b' });
    const grantOf = async (origin: string, by: string): Promise<string | null> => {
      const answer = await server.post(
        '/v1/touchpoints',
        { type: 'page', userId: 'u' },
        { key: by, headers: { origin } },
      );
      return answer.headers.get('access-control-allow-origin');
    };
    expect(await grantOf('https://b.example', key)).toBe('https://b.example');
    expect(await grantOf('https://a.example', key)).toBeNull();
    expect(await grantOf('https://a.example', testKeys.write)).toBe('*');
    const preflight = await fetch(`${server.url}/v1/touchpoints`, {
      method: 'OPTIONS',
      headers: { origin: 'https://b.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://b.example');
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true');
  });

  test('shows its settings without their secrets', async () => {
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
    const answer = await post('/v1/sources', {
      name: 'hooks',
      trust: 'server',
      settings: {
        webhooks: { standard: { secrets } },
        privacy: { hash: { fields: ['traits.birthday'], secret: 'MfKQ9-and-more-than-32-characters-of-it' } },
      },
    });
    expect(answer.json.settings).toMatchObject({
      webhooks: { standard: { secrets: ['***'] } },
      privacy: { hash: { secret: '***' } },
    });
    expect((await server.get('/v1/sources', admin)).text).not.toContain('MfKQ9');
  });

  test('of the environment is listed and cannot be changed', async () => {
    const { json } = await server.get('/v1/sources', admin);
    expect(json.items.slice(0, 3)).toMatchObject([
      { name: 'website', trust: 'public', builtIn: true },
      { name: 'server', builtIn: true },
      { name: 'admin', builtIn: true },
    ]);
    expect((await put('/v1/sources/server', { settings: {} })).status).toBe(409);
    expect((await post('/v1/sources', { name: 'server', trust: 'server' })).json.code).toBe(
      'access_conflict',
    );
    expect((await put('/v1/sources/nothing', {})).status).toBe(404);
  });

  test.each([
    [{ name: 'Bad name', trust: 'server' }],
    [{ name: 'x', trust: 'verified' }],
    [{ name: 'x', trust: 'server', settings: { allowedOrigins: ['https://x.example'] } }],
    [{ name: 'x', trust: 'server', settings: { webhooks: { shopify: { secrets: ['***'] } } } }],
  ])('is not made from %j', async (body) => {
    expect((await post('/v1/sources', body)).json).toMatchObject({ code: 'invalid_parameter' });
  });
});

test('no request with a valid key fails while keys are made, replaced and disabled under load', async () => {
  let current = await makeKey({ scope: 'server', source: 'server' });
  let isOver = false;
  const failures: string[] = [];
  const answered = Array.from({ length: 8 }, () => 0);
  const senders = answered.map(async (_none, index) => {
    const to = index % 2 === 0 ? server : other;
    while (!isOver) {
      const { id, key } = current;
      const status = await send(key, to);
      answered[index] = (answered[index] ?? 0) + 1;
      if (status !== 200) failures.push(`${status} with ${id}`);
    }
  });
  for (let round = 0; round < 12; round++) {
    const replaced = current;
    current = (await post(`/v1/keys/${replaced.id}/rotate`, { graceSeconds: 60 })).json;
    // Of each sender: what it sent with the old key is answered before that one is disabled.
    const before = [...answered];
    await until(() => answered.every((count, index) => count >= (before[index] ?? 0) + 2));
    if (round % 3 === 2) await post(`/v1/keys/${replaced.id}/disable`, {});
  }
  isOver = true;
  await Promise.all(senders);
  expect(failures).toEqual([]);
  expect(answered.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
});
