import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

describe('keys', () => {
  const basic = (user: string) => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;
  const track = { event: 'E', userId: 'u' };
  const send = (path: string, authorization?: string, body: object = track) =>
    server.post(path, body, { key: null, headers: authorization === undefined ? {} : { authorization } });

  test.each(['/v1/touchpoints', '/v1/track'])(
    '%s answers one identical 401 to missing and wrong keys',
    async (path) => {
      const answers = await Promise.all([
        send(path),
        send(path, 'Bearer unknown'),
        send(path, `Bearer ${testKeys.server}x`),
        send(path, basic('unknown')),
        send(path, 'Nonsense'),
        send(path, 'Bearer '),
        send(path, basic('')),
      ]);
      const withoutId = answers.map(({ status, json: { requestId: _id, ...rest } }) =>
        JSON.stringify([status, rest]),
      );
      expect(new Set(withoutId).size).toBe(1);
      expect(answers[0].json.requestId).toBe(answers[0].headers.get('x-request-id'));
      expect(answers[0]).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
      expect(answers[0].headers.get('www-authenticate')).toContain('Bearer');
    },
  );

  test('are taken as Bearer, as Basic user name, and from the body of a Segment call', async () => {
    for (const path of ['/v1/track', '/v1/t']) {
      expect((await send(path, `Bearer ${testKeys.write}`)).status).toBe(200);
      expect((await send(path, basic(testKeys.write))).status).toBe(200);
      expect((await send(path, undefined, { ...track, writeKey: testKeys.write })).status).toBe(200);
      expect((await send(path, undefined, { ...track, writeKey: 'unknown' })).status).toBe(401);
      expect((await send(path, undefined, { ...track, writeKey: testKeys.read })).status).toBe(403);
    }
    expect((await send('/v1/batch', undefined, { batch: [], writeKey: testKeys.write })).status).toBe(200);
  });

  test('of the write kind are taken from the URL and the body of every route, as beacons need it', async () => {
    const page = { type: 'page', name: 'Home', anonymousId: 'a' };
    const query = (key: string) => `?writeKey=${key}`;
    for (const path of ['/v1/touchpoints', '/v1/page', '/v1/p']) {
      expect((await send(path + query(testKeys.write), undefined, page)).status).toBe(200);
      expect((await send(path, undefined, { ...page, writeKey: testKeys.write })).status).toBe(200);
      for (const answer of [
        await send(path + query('wk_none'), undefined, page),
        await send(`${path}?writeKey=a&writeKey=b`, undefined, page),
        await send(path, undefined, { ...page, writeKey: 'wk_none' }),
        await send(path, undefined, { ...page, writeKey: { key: testKeys.write } }),
      ])
        expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    }
    const beacon = { ...page, messageId: 'beacon', writeKey: testKeys.write };
    await send('/v1/touchpoints', undefined, beacon);
    const { touchpoint, trust } = (await server.records('touchpoints.v1')).find(
      (record) => record.touchpoint.id === 'beacon',
    );
    expect([trust, touchpoint.source, JSON.stringify(touchpoint).includes('wk_')]).toEqual([
      'public',
      'website',
      false,
    ]);
  });

  test('of other kinds are refused in a URL or a body, whatever they may do in the header', async () => {
    for (const path of ['/v1/touchpoints', '/v1/track', '/v1/import']) {
      for (const key of [testKeys.server, testKeys.admin, testKeys.read]) {
        const body = path === '/v1/import' ? { batch: [] } : { ...track, type: 'track' };
        expect((await send(`${path}?writeKey=${key}`, undefined, body)).status).toBe(403);
        expect((await send(path, undefined, { ...body, writeKey: key })).status).toBe(403);
      }
    }
    expect((await send(`/v1/import?writeKey=${testKeys.write}`, undefined, { batch: [] })).status).toBe(403);
  });

  test('are needed before the body when that is larger than a beacon', async () => {
    const large = { type: 'page', anonymousId: 'a', properties: { note: 'x'.repeat(70_000) } };
    expect((await send('/v1/touchpoints', undefined, { ...large, writeKey: testKeys.write })).status).toBe(
      401,
    );
    expect((await send(`/v1/touchpoints?writeKey=${testKeys.write}`, undefined, large)).status).toBe(200);
  });

  test('of the wrong kind are a 403', async () => {
    expect(await send('/v1/touchpoints', `Bearer ${testKeys.read}`)).toMatchObject({
      status: 403,
      json: { code: 'forbidden' },
    });
    expect((await send('/v1/import', `Bearer ${testKeys.write}`, { batch: [] })).status).toBe(403);
    expect((await send('/v1/import', `Bearer ${testKeys.server}`, { batch: [] })).status).toBe(200);
  });
});
