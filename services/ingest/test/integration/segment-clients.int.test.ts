import { gzipSync } from 'node:zlib';
import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

const basic = { authorization: `Basic ${Buffer.from(`${testKeys.write}:`).toString('base64')}` };

async function touchpointOf(id: string) {
  const records = await server.records(topics.touchpoints);
  return records.find(({ touchpoint }) => touchpoint.id === id)?.touchpoint;
}

describe('each call of the HTTP API becomes its touchpoint', () => {
  test.each([
    ['/v1/track', '/v1/t', { event: 'Seen' }, { type: 'track', name: 'Seen' }],
    [
      '/v1/identify',
      '/v1/i',
      { traits: { plan: 'pro' } },
      { type: 'identify', name: null, traits: { plan: 'pro' } },
    ],
    [
      '/v1/page',
      '/v1/p',
      { name: 'Home', category: 'Docs' },
      { type: 'page', name: 'Home', properties: { category: 'Docs' } },
    ],
    ['/v1/screen', '/v1/s', { name: 'Basket' }, { type: 'screen', name: 'Basket' }],
    [
      '/v1/group',
      '/v1/g',
      { groupId: 'g1', traits: { employees: 3 } },
      { type: 'group', name: null, properties: { groupId: 'g1', traits: { employees: 3 } } },
    ],
    [
      '/v1/alias',
      '/v1/a',
      { previousId: 'old' },
      { type: 'alias', name: null, properties: { userId: 'u1', previousId: 'old' } },
    ],
  ])('%s and %s', async (long, short, fields, expected) => {
    for (const path of [long, short]) {
      const messageId = `call-${path}`;
      const answer = await server.post(
        path,
        { ...fields, userId: 'u1', messageId },
        { key: null, headers: basic },
      );
      expect(answer).toMatchObject({ status: 200, json: { success: true, rejected: [] } });
      const touchpoint = await touchpointOf(messageId);
      expect(touchpoint).toMatchObject({ ...expected, source: 'website' });
      if (expected.type === 'group') expect(touchpoint.traits).toBeUndefined();
    }
  });

  test('a call that cannot be used is answered 200 and listed', async () => {
    const answer = await server.post('/v1/track', { userId: 'u1', messageId: 'nameless' });
    expect(answer).toMatchObject({
      status: 200,
      json: {
        success: true,
        rejected: [{ index: 0, id: 'nameless', code: 'missing_field', field: 'event' }],
      },
    });
  });
});

test('a key in the body of a rejected call is kept nowhere', async () => {
  const body = { writeKey: testKeys.write, messageId: 'keyed' };
  expect((await server.post('/v1/track', body, { key: null })).json.rejected).toHaveLength(1);
  const kept = (await server.records(topics.rejected)).find(({ id }) => id === 'keyed');
  expect(JSON.parse(kept.body)).toEqual({ messageId: 'keyed' });
});

describe('clients as they are', () => {
  test('rudder-sdk-node: gzip JSON labelled as a form, identify traits twice', async () => {
    const batch = [
      {
        type: 'identify',
        userId: 'r1',
        messageId: 'rudder-node',
        originalTimestamp: '2026-11-20T10:00:00.000Z',
        timestamp: '2026-11-20T10:00:00.000Z',
        traits: { email: 'r1@example.org', plan: 'new' },
        context: { traits: { email: 'r1@example.org', plan: 'old', seats: 1 } },
        channel: 'server',
        integrations: { All: true },
      },
    ];
    const answer = await server.post('/v1/batch', gzipSync(JSON.stringify({ batch })), {
      key: null,
      raw: true,
      headers: { ...basic, 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
    });
    expect(answer.json).toEqual({ success: true, rejected: [] });
    expect(await touchpointOf('rudder-node')).toMatchObject({
      identifiers: [
        { type: 'user_id', value: 'r1' },
        { type: 'email', value: 'r1@example.org' },
      ],
      traits: { email: 'r1@example.org', plan: 'new', seats: 1 },
    });
  });

  test('analytics-next: JSON as text/plain, a null user, the time it was sent on the envelope', async () => {
    const sentAt = new Date(Date.now() - 3 * 3_600_000).toISOString();
    const body = {
      writeKey: testKeys.write,
      sentAt,
      batch: [
        {
          type: 'page',
          userId: null,
          anonymousId: 'a1',
          messageId: 'next',
          timestamp: sentAt,
          properties: { path: '/' },
        },
      ],
    };
    const answer = await server.post('/v1/b', JSON.stringify(body), {
      key: null,
      raw: true,
      headers: { 'content-type': 'text/plain' },
    });
    expect(answer.json).toEqual({ success: true, rejected: [] });
    const touchpoint = await touchpointOf('next');
    expect(touchpoint.warnings).toEqual(['time_corrected']);
    expect(touchpoint.occurredAt).toBe(touchpoint.receivedAt);
    expect(JSON.stringify(touchpoint)).not.toContain(testKeys.write);
  });

  test('RudderStack in the browser: an empty user, only originalTimestamp, traits in the context only', async () => {
    const item = {
      type: 'identify',
      userId: '',
      anonymousId: 'a2',
      messageId: 'rudder-browser',
      originalTimestamp: '2026-11-20T10:00:00.000Z',
      sentAt: new Date().toISOString(),
      context: { traits: { email: 'b@example.org' }, page: { referrer: '$direct' } },
    };
    const answer = await server.post('/v1/identify', item, {
      headers: { 'content-type': 'application/json;charset=UTF-8' },
    });
    expect(answer.json).toEqual({ success: true, rejected: [] });
    expect(await touchpointOf('rudder-browser')).toMatchObject({
      occurredAt: '2026-11-20T10:00:00.000Z',
      traits: { email: 'b@example.org' },
      identifiers: [
        { type: 'email', value: 'b@example.org' },
        { type: 'anonymous_id', value: 'a2' },
      ],
    });
  });

  test("an envelope's context and integrations are its items', under their own", async () => {
    const body = {
      context: { library: { name: 'node' }, locale: 'de' },
      timestamp: 'an envelope has no time of its own',
      sentAt: 'nor must a wrong one cost the items',
      batch: [{ type: 'track', event: 'E', userId: 'u', messageId: 'merged', context: { locale: 'fr' } }],
    };
    expect((await server.post('/v1/import', body)).json).toEqual({ success: true, rejected: [] });
    expect((await touchpointOf('merged')).context).toEqual({ library: { name: 'node' }, locale: 'fr' });
  });

  test('an envelope cannot have its context repeated into gigabytes', async () => {
    const batch = Array.from({ length: 1_000 }, (_, index) => ({
      type: 'track',
      event: 'E',
      userId: `u${index}`,
    }));
    for (const [context, items] of [
      [{ note: 'x'.repeat(40_000) }, batch.slice(0, 1)],
      [{ note: 'x'.repeat(20_000) }, batch],
    ]) {
      const answer = await server.post('/v1/batch', { context, batch: items });
      expect(answer).toMatchObject({ status: 413, json: { code: 'payload_too_large', field: 'context' } });
    }
  });

  test('an import may be ten times as large', async () => {
    const batch = Array.from({ length: 200 }, (_, index) => ({
      type: 'track',
      event: 'E',
      userId: 'u',
      messageId: `import-${index}`,
      properties: { note: 'x'.repeat(15_000) },
    }));
    expect((await server.post('/v1/import', { batch })).json).toEqual({ success: true, rejected: [] });
    expect(await server.post('/v1/batch', { batch })).toMatchObject({ status: 413 });
  });

  test('one call too large is rejected alone', async () => {
    const call = (messageId: string, size: number) => ({
      type: 'track',
      event: 'E',
      userId: 'u',
      messageId,
      properties: { note: 'x'.repeat(size) },
    });
    const answer = await server.post('/v1/batch', { batch: [call('small', 10), call('large', 40_000)] });
    expect(answer).toMatchObject({
      status: 200,
      json: { rejected: [{ index: 1, code: 'property_too_large' }] },
    });
    expect(await touchpointOf('small')).toBeDefined();
  });

  test.each([
    ['/v1/batch', '{}'],
    ['/v1/batch', '{"batch":{}}'],
    ['/v1/track', '[{}]'],
    ['/v1/track', 'null'],
  ])('%s does not take %s', async (path, body) => {
    expect(await server.post(path, body, { raw: true })).toMatchObject({
      status: 400,
      json: { code: 'malformed_request' },
    });
  });
});
