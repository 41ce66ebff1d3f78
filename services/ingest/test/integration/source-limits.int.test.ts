/** Limits that are a source's own, and a flood from one kind of key beside the other. */
import { AppError } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

let server: IngestServer;
let isLogSlow = false;
let held = 0;
let release: PromiseWithResolvers<void> = Promise.withResolvers();
/** As the log's own limit. */
const logMaxBytes = 32 * 1024 * 1024;

beforeAll(async () => {
  server = await startIngestServer({
    environment: { THROUGHLINE_KEY_REQUESTS_PER_MINUTE: '1000' },
    limits: { maxBytesInFlight: 256 * 1024 * 1024 },
    wrapLog: (log) => ({
      ...log,
      append: async (records) => {
        if (!isLogSlow) {
          await log.append(records);
          return;
        }
        const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
        if (held + bytes > logMaxBytes) throw new AppError('overloaded', 'the log is full');
        held += bytes;
        await release.promise;
        held -= bytes;
      },
    }),
  });
});
afterAll(() => server.stop());

const seen = (id: string, note = '') => ({
  type: 'track',
  event: 'Seen',
  id,
  userId: 'u1',
  properties: { note },
});

async function makeSource(name: string, trust: 'public' | 'server', settings: object): Promise<string> {
  const options = { key: testKeys.admin };
  expect((await server.post('/v1/sources', { name, trust, settings }, options)).status).toBe(200);
  const scope = trust === 'public' ? 'write' : 'server';
  const made = await server.post('/v1/keys', { scope, source: name, note: 'test' }, options);
  return made.json.key as string;
}

test('a source has the limits of its settings, and they change while ingest runs', async () => {
  const key = await makeSource('small', 'server', { limits: { requestsPerMinute: 2 } });
  const send = (id: string) => server.post('/v1/touchpoints', seen(id), { key });
  const first = await send('l1');
  expect(first.status).toBe(200);
  expect(first.headers.get('ratelimit-policy')).toBe('"key";q=2;w=60');
  expect((await send('l2')).status).toBe(200);
  const refused = await send('l3');
  expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  expect(refused.headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d+$/);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const other = await server.post('/v1/touchpoints', seen('l4'));
  expect(other.headers.get('ratelimit-policy')).toBe('"key";q=1000;w=60');
  const changed = await fetch(`${server.url}/v1/sources/small`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${testKeys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ settings: { limits: { requestsPerMinute: 0 } } }),
  });
  expect(changed.status).toBe(200);
  const unlimited = await send('l5');
  expect(unlimited.status).toBe(200);
  expect(unlimited.headers.get('ratelimit-policy')).toBeNull();
});

test('a source has the pairs of identifiers of its settings', async () => {
  const key = await makeSource('pairs', 'public', { limits: { pairsPerMinute: { key: 1, address: 0 } } });
  const item = (id: string) => ({
    ...seen(id),
    identifiers: Array.from({ length: 19 }, (_, index) => ({
      type: 'email',
      value: `${id}-${index}@lakeside.example`,
    })),
  });
  expect((await server.post('/v1/touchpoints', item('p1'), { key })).status).toBe(200);
  expect((await server.post('/v1/touchpoints', item('p2'), { key })).status).toBe(429);
  expect((await server.post('/v1/touchpoints', item('p3'), { key: testKeys.write })).status).toBe(200);
});

test('a source has the bytes of rejected items of its settings, and one request always passes', async () => {
  const limits = { rejectedBytesPerMinute: { key: 60, address: 0 } };
  const key = await makeSource('rejects', 'public', { limits });
  const unusable = (name: string) =>
    Array.from({ length: 2_500 }, (_, index) => ({
      type: 'none',
      id: `${name}-${index}`,
      note: 'x'.repeat(120),
    }));
  const first = await server.post('/v1/touchpoints', unusable('first'), { key });
  expect(first.json).toMatchObject({ accepted: 0 });
  expect(first.headers.get('ratelimit-policy')).toContain(
    '"key-rejected-bytes";q=60;qu="rejected-bytes";w=60',
  );
  const refused = [];
  for (let number = 0; number < 4; number++) {
    refused.push(await server.post('/v1/touchpoints', unusable(`again${number}`), { key }));
  }
  expect(refused.at(-1)).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  expect(refused.at(-1)?.headers.get('ratelimit')).toMatch(/"key-rejected-bytes";r=\d+;t=\d+/);
  expect((await server.post('/v1/touchpoints', seen('good'), { key })).status).toBe(200);
  expect((await server.post('/v1/touchpoints', unusable('other'))).json).toMatchObject({ accepted: 0 });
});

test('a flood with a write key while the log does not write leaves capacity for the tills', async () => {
  isLogSlow = true;
  release = Promise.withResolvers();
  const note = 'x'.repeat(30_000);
  const batch = (name: string) => Array.from({ length: 16 }, (_, index) => seen(`${name}-${index}`, note));
  const statuses: number[] = [];
  const flood = Array.from({ length: 100 }, async (_, number) => {
    const { status } = await server.post('/v1/touchpoints', batch(`f${number}`), { key: testKeys.write });
    statuses.push(status);
  });
  await until(() => statuses.includes(503));
  expect(held).toBeLessThanOrEqual(logMaxBytes * 0.75);
  let tillStatus = 0;
  const till = server.post('/v1/touchpoints', batch('till')).then(({ status }) => (tillStatus = status));
  const before = held;
  await until(() => held > before || tillStatus !== 0);
  release.resolve();
  isLogSlow = false;
  await till;
  expect(tillStatus).toBe(200);
  await Promise.all(flood);
});
