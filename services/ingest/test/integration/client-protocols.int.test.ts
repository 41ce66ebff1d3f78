/** The protocols of other clients by hand, byte by byte; the real clients are in `clients/`. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

const require = createRequire(import.meta.url);
let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

const recordOf = async (id: string) =>
  (await server.records(topics.touchpoints)).find(({ touchpoint }) => touchpoint.id === id);

describe('CloudEvents', () => {
  const event = (id: string, changes: object = {}) => ({
    specversion: '1.0',
    id,
    source: '/shop',
    type: 'com.shop.seen',
    data: { userId: 'u1' },
    ...changes,
  });
  const send = (body: unknown, headers: Record<string, string>, key: string | null = testKeys.server) =>
    server.post('/v1/cloudevents', typeof body === 'string' ? body : JSON.stringify(body), {
      raw: true,
      headers,
      key,
    });
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  const batched = { 'content-type': 'application/cloudevents-batch+json' };
  const binary = (id: string, more: Record<string, string> = {}) => ({
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': '/shop',
    'ce-type': 'com.shop.seen',
    ...more,
  });

  test('structured, batched and binary become the same touchpoints', async () => {
    expect((await send(event('s'), structured)).json).toEqual({ accepted: 1, rejected: [] });
    expect((await send([event('b1'), event('b2')], batched)).json).toEqual({ accepted: 2, rejected: [] });
    expect((await send({ userId: 'u1' }, binary('bin'))).json).toEqual({ accepted: 1, rejected: [] });
    for (const id of ['s', 'b1', 'b2', 'bin']) {
      expect(await recordOf(`/shop ${id}`)).toMatchObject({
        trust: 'server',
        touchpoint: { name: 'com.shop.seen', identifiers: [{ type: 'user_id', value: 'u1' }] },
      });
    }
  });

  test('an empty batch is accepted, and an event beside a bad one too', async () => {
    expect((await send([], batched)).json).toEqual({ accepted: 0, rejected: [] });
    const answer = await send([event('good'), event('bad', { specversion: '0.3' }), 5], batched);
    expect(answer).toMatchObject({
      status: 200,
      json: {
        accepted: 1,
        rejected: [
          { index: 1, id: 'bad', code: 'invalid_field', field: 'specversion' },
          { index: 2, code: 'item_not_object' },
        ],
      },
    });
    const kept = (await server.records(topics.rejected)).find(({ id }) => id === 'bad');
    expect(JSON.parse(kept.body)).toEqual(event('bad', { specversion: '0.3' }));
  });

  test('of binary mode have their headers unquoted and decoded once', async () => {
    const headers = binary('Euro%20%E2%82%AC%2525', { 'ce-subject': '"a \\"b\\""', 'ce-userid': 'u2' });
    expect((await send('"text"', headers)).json.accepted).toBe(1);
    expect((await recordOf('/shop Euro €%25')).touchpoint).toMatchObject({
      properties: { data: 'text' },
      context: { cloudEvent: { subject: 'a "b"' } },
    });
  });

  test('of binary mode may have data of any type, or none', async () => {
    const png = { ...binary('png', { 'ce-userid': 'u' }), 'content-type': 'image/png' };
    expect((await send('\u0000\u0001', png)).json.accepted).toBe(1);
    expect((await recordOf('/shop png')).touchpoint.properties).toEqual({ data_base64: 'AAE=' });
    expect((await send('', binary('none', { 'ce-userid': 'u' }))).json.accepted).toBe(1);
  });

  test.each([
    [400, 'malformed_request', binary('%ff'), '{}'],
    [400, 'malformed_request', binary('%zz'), '{}'],
    [400, 'malformed_json', binary('x'), '{'],
    [400, 'malformed_json', structured, '{'],
    [400, 'malformed_request', structured, '[]'],
    [400, 'malformed_request', batched, '{}'],
    [400, 'empty_body', structured, ''],
    [415, 'unsupported_media_type', { 'content-type': 'application/json' }, '{}'],
    [415, 'unsupported_media_type', { ...binary('x'), 'content-type': 'application/cloudevents+avro' }, '{}'],
  ])('that cannot be read are a %i %s: %#', async (status, code, headers, body) => {
    expect(await send(body, headers)).toMatchObject({ status, json: { code } });
  });

  test('need a key before their body', async () => {
    expect(await send(event('keyless'), structured, null)).toMatchObject({ status: 401 });
  });

  test('that were rejected are decided again in their own form', async () => {
    const future = event('later', { type: 'throughline.track', data: { event: '', userId: 'u' } });
    await send(future, structured);
    const find = async () =>
      (await server.get('/v1/rejected')).json.items.find(({ id }: { id: string }) => id === '/shop later');
    await until(async () => (await find()) !== undefined);
    const { rejectionId } = await find();
    const fixed = JSON.stringify(
      event('later', { type: 'throughline.track', data: { event: 'E', userId: 'u' } }),
    );
    await server.pool.query('update ingest.rejected_touchpoint set body = $1 where rejection_id = $2', [
      fixed,
      rejectionId,
    ]);
    const answer = await server.post(`/v1/rejected/${rejectionId}/replay`, {}, { key: testKeys.admin });
    expect(answer.json).toEqual({ accepted: 1, rejected: [] });
    expect((await recordOf('/shop later')).touchpoint.name).toBe('E');
  });
});

describe('Snowplow', () => {
  const tp2 = '/com.snowplowanalytics.snowplow/tp2';
  const view = (eid: string, changes: object = {}) => ({
    e: 'pv',
    eid,
    duid: 'visitor',
    page: 'Home',
    aid: testKeys.write,
    ...changes,
  });
  const post = (data: unknown[], headers: Record<string, string> = {}) =>
    server.post(tp2, { schema: 'iglu:x/payload_data/jsonschema/1-0-4', data }, { key: null, headers });

  test('its POST is taken with the write key as application id, which is kept nowhere', async () => {
    const answer = await post([view('sp-1'), view('sp-2', { e: 'unknown' })]);
    expect(answer).toMatchObject({
      status: 200,
      json: { success: true, rejected: [{ index: 1, id: 'sp-2', code: 'invalid_field', field: 'e' }] },
    });
    const record = await recordOf('sp-1');
    expect(record).toMatchObject({ trust: 'public', touchpoint: { type: 'page', name: 'Home' } });
    const kept = (await server.records(topics.rejected)).find(({ id }) => id === 'sp-2');
    expect(JSON.parse(kept.body)).toMatchObject({ e: 'unknown', duid: 'visitor' });
    expect(JSON.stringify([record, kept])).not.toContain(testKeys.write);
  });

  test('a retry is the same touchpoint: the time it was sent is not part of it', async () => {
    await post([view('sp-retry', { stm: '1', dtm: '1772357400000' })]);
    await post([view('sp-retry', { stm: '2', dtm: '1772357400000' })]);
    const hashes = (await server.records(topics.touchpoints))
      .filter(({ touchpoint }) => touchpoint.id === 'sp-retry')
      .map(({ bodyHash }) => bodyHash);
    expect(hashes).toHaveLength(2);
    expect(new Set(hashes).size).toBe(1);
  });

  test('its pixel is taken from the query and answered with an image, whatever the event is', async () => {
    for (const e of ['pv', 'unknown']) {
      const query = new URLSearchParams({ ...view(`pixel-${e}`, { e }), page: 'Ünïcode & more' });
      const answer = await fetch(`${server.url}/i?${query.toString()}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('image/gif');
      expect(
        Buffer.from(await answer.arrayBuffer())
          .subarray(0, 6)
          .toString(),
      ).toBe('GIF89a');
    }
    expect((await recordOf('pixel-pv')).touchpoint.name).toBe('Ünïcode & more');
    expect((await server.records(topics.rejected)).some(({ id }) => id === 'pixel-unknown')).toBe(true);
  });

  test('another application id, or the key of a server in a body, opens nothing', async () => {
    expect(await post([view('x', { aid: 'shop' })])).toMatchObject({ status: 401 });
    expect(await post([view('x', { aid: testKeys.server })])).toMatchObject({ status: 403 });
    expect(await post([])).toMatchObject({ status: 401 });
    expect((await fetch(`${server.url}/i?e=pv`)).status).toBe(401);
    const headers = { authorization: `Bearer ${testKeys.server}` };
    expect(await post([view('sp-server', { aid: 'shop' })], headers)).toMatchObject({ status: 200 });
    expect(await recordOf('sp-server')).toMatchObject({ trust: 'server' });
  });

  test('pages of any origin may send with credentials, of which none are read', async () => {
    const origin = 'https://shop.example';
    for (const answer of [
      await fetch(server.url + tp2, { method: 'OPTIONS', headers: { origin } }),
      await fetch(`${server.url}/i?${new URLSearchParams(view('origin')).toString()}`, {
        headers: { origin },
      }),
    ]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    }
  });
});

describe('Jitsu', () => {
  test.each([
    ['/api/s/track', testKeys.write, 'public'],
    ['/api/s/s2s/track', testKeys.server, 'server'],
  ])('%s takes the key from its own header, behind an id', async (route, key, trust) => {
    const item = { event: 'Seen', anonymousId: 'a', messageId: route, writeKey: 'website:***' };
    for (const header of [key, `website:${key}`]) {
      const answer = await server.post(route, item, { key: null, headers: { 'x-write-key': header } });
      expect(answer).toMatchObject({ status: 200, json: { success: true, rejected: [] } });
    }
    expect(await recordOf(route)).toMatchObject({ trust, touchpoint: { name: 'Seen' } });
    const wrong = await server.post(route, item, { key: null, headers: { 'x-write-key': 'website:wk_no' } });
    expect(wrong).toMatchObject({ status: 401 });
  });
});

describe('RudderStack', () => {
  test('its beacon carries the key in the URL', async () => {
    const batch = [{ type: 'page', name: 'Home', anonymousId: 'a', messageId: 'beacon' }];
    const answer = await server.post(
      `/beacon/v1/batch?writeKey=${testKeys.write}`,
      gzipSync(JSON.stringify({ batch })),
      { key: null, raw: true, headers: { 'content-type': 'text/plain', 'content-encoding': 'gzip' } },
    );
    expect(answer).toMatchObject({ status: 200, json: { success: true, rejected: [] } });
  });

  test('its settings are a source without destinations', async () => {
    for (const route of [`/sourceConfig/?p=npm&v=3&writeKey=${testKeys.write}`, '/sourceConfig']) {
      const authorization = `Basic ${Buffer.from(`${testKeys.write}:`).toString('base64')}`;
      const answer = await fetch(server.url + route, { headers: { authorization } });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ source: { enabled: true, config: {}, destinations: [] } });
    }
  });
});

describe("Segment's library", () => {
  test('is configured to send here, by the scheme of its page', async () => {
    const settings = async (headers: Record<string, string>) =>
      (await (await fetch(`${server.url}/v1/projects/${testKeys.write}/settings`, { headers })).json()) as {
        integrations: Record<string, object>;
      };
    expect((await settings({})).integrations['Segment.io']).toEqual({
      apiKey: testKeys.write,
      apiHost: `127.0.0.1:${server.port}/v1`,
      protocol: 'http',
    });
    // Browsers let a page of https send to loopback without it.
    const secure = await settings({ origin: 'https://shop.example' });
    expect(secure.integrations['Segment.io']).toMatchObject({ protocol: 'http' });
  });

  test('is served itself, with its parts, compressed and for an hour', async () => {
    const main = await fetch(`${server.url}/analytics.js/v1/${testKeys.write}/analytics.min.js`);
    expect(main.status).toBe(200);
    expect(main.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(main.headers.get('content-encoding')).toBe('gzip');
    expect(main.headers.get('cache-control')).toBe('public, max-age=3600');
    const parts = readdirSync(path.dirname(require.resolve('@segment/analytics-next/dist/umd/index.js')))
      .filter((name) => /\.bundle\..*\.js$/.test(name))
      .map((name) => fetch(`${server.url}/analytics-next/bundles/${name}`));
    expect(parts.length).toBeGreaterThan(3);
    expect((await Promise.all(parts)).map(({ status }) => status)).toEqual(parts.map(() => 200));
    for (const missing of ['none.js', '..%2f..%2f..%2fpackage.json', 'index.js.map']) {
      const answer = await fetch(`${server.url}/analytics-next/bundles/${missing}`);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  test.each([
    '/v1/projects/KEY/settings',
    '/analytics.js/v1/KEY/analytics.min.js',
    '/sourceConfig/?writeKey=KEY',
  ])('%s opens to write keys only', async (route) => {
    for (const key of ['wk_unknown', testKeys.server, testKeys.admin]) {
      expect((await fetch(server.url + route.replace('KEY', key))).status).toBe(401);
    }
    const preflight = await fetch(server.url + route, { method: 'OPTIONS' });
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS');
  });
});
