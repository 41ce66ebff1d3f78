import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, keys, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

/** Stands where metrics would answer. */
let metrics: Server;
let isMetricsUp = true;
let harness: HttpHarness;

beforeAll(async () => {
  metrics = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { keys: asked } = JSON.parse(Buffer.concat(parts).toString()) as { keys: string[] };
      const counted = (key: string) => ({
        key,
        id: 'id',
        source: 'server',
        identifier: key,
        day: '2026-03-01',
        stage: null,
        countsTransactionOf: [],
      });
      response.writeHead(isMetricsUp ? 200 : 503, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ touchpoints: Object.fromEntries(asked.map((key) => [key, counted(key)])) }),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(metrics, 'listening');
  const { port } = metrics.address() as AddressInfo;
  harness = await startHttpHarness({ metricsUrl: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await harness.close();
  metrics.close();
});

const email = (value: string): Identifier => ({ type: 'email', value });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const exportOf = (ref: string) => harness.call('GET', `/v1/profiles/${encodeURIComponent(ref)}/export`);

async function linesOf(ref: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${harness.url}/v1/profiles/${encodeURIComponent(ref)}/export`, {
    headers: { authorization: `Bearer ${keys.admin}`, accept: 'application/x-ndjson' },
  });
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  return (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('GET /v1/profiles/{ref}/export', () => {
  test('has everything that is held about a person', async () => {
    const purchase = touchpoint([user('ada'), email('ada@example.org')], {
      id: 'purchase',
      name: 'Order Completed',
      traits: { nickname: 'countess' },
      properties: { total: 12 },
      context: { page: { path: '/thanks' } },
    });
    await harness.send([purchase, touchpoint([cookie('ada-cookie'), user('ada')], { id: 'visit' })]);
    await harness.send([
      purchase,
      {
        ...purchase,
        touchpoint: { ...purchase.touchpoint, properties: { total: 13 } },
        bodyHash: 'another-body-hash',
      },
      touchpoint([user('stranger')], { id: 'not-hers' }),
    ]);
    await harness.reject([
      {
        rejectionId: '0f8fad5b-d9cb-469f-a165-708677289501',
        receivedAt: '2026-03-01T10:00:00.000Z',
        source: 'server',
        requestId: 'req_test',
        route: '/v1/touchpoints',
        index: 0,
        id: 'visit',
        code: 'invalid_field',
        field: 'name',
        message: 'name is not text',
        body: '{}',
        bodyEncoding: 'json',
      },
    ]);
    const decision = await harness.call('POST', '/v1/identity/decisions', {
      body: {
        kind: 'split',
        sides: [['user_id:ada'], ['user_id:stranger']],
        note: 'not the same',
        author: 'Eve',
      },
    });
    const { status, body, headers } = await exportOf('email:ada@example.org');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(Object.keys(body)).toEqual([
      'profile',
      'identifiers',
      'traits',
      'links',
      'history',
      'decisions',
      'touchpoints',
      'figures',
      'complete',
    ]);
    expect(body.profile).toMatchObject({
      id: harness.ids.identifierId('user_id', 'ada'),
      touchpointCount: 2,
    });
    expect(new Set(body.identifiers.map(({ value }: Identifier) => value))).toEqual(
      new Set(['ada', 'ada@example.org', 'ada-cookie']),
    );
    expect(body.traits).toMatchObject([{ name: 'nickname', value: 'countess', touchpoint: 'purchase' }]);
    expect(body.links).toHaveLength(2);
    expect(body.history.length).toBeGreaterThanOrEqual(3);
    expect(body.decisions).toMatchObject([
      { id: decision.body.id, note: 'not the same', madeBy: { author: 'Eve' } },
    ]);
    expect(JSON.stringify(body)).not.toContain('not-hers');
    const bought = body.touchpoints.find(
      (one: { touchpoint: { id: string } }) => one.touchpoint.id === 'purchase',
    );
    expect(bought).toMatchObject({
      touchpoint: purchase.touchpoint,
      requestId: 'req_test',
      duplicates: 1,
      conflicts: [{ bodyHash: 'another-body-hash' }],
      counted: { day: '2026-03-01' },
    });
    const visited = body.touchpoints.find(
      (one: { touchpoint: { id: string } }) => one.touchpoint.id === 'visit',
    );
    expect(visited.rejections).toMatchObject([{ code: 'invalid_field', field: 'name' }]);
    expect(body.figures).toEqual({ state: 'answered' });
    expect(body.complete).toBe(true);
  });

  test('says the same in lines, the last of which says that nothing is missing', async () => {
    const lines = await linesOf('user_id:ada');
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(
      new Set([
        'profile',
        'identifiers',
        'traits',
        'links',
        'history',
        'decisions',
        'touchpoints',
        'figures',
        'end',
      ]),
    );
    expect(lines.at(-1)).toEqual({ kind: 'end', complete: true });
    const { body } = await exportOf('user_id:ada');
    expect(lines.filter(({ kind }) => kind === 'touchpoints')).toEqual(
      body.touchpoints.map((one: object) => ({ kind: 'touchpoints', value: one })),
    );
  });

  test('goes through every page of a long history', async () => {
    await harness.send(
      Array.from({ length: 250 }, (_, n) =>
        touchpoint([user('long'), cookie(`long-${n}`)], { id: `long-${n}` }),
      ),
    );
    const { body } = await exportOf('user_id:long');
    const sent = body.touchpoints.map((one: { touchpoint: { id: string } }) => one.touchpoint.id);
    expect(new Set(sent).size).toBe(250);
    expect(sent).toHaveLength(250);
    expect(new Set(body.identifiers.map(({ id }: { id: string }) => id)).size).toBe(251);
    expect(body.identifiers).toHaveLength(251);
    expect(body.links).toHaveLength(250);
    expect(body.history).toHaveLength(250);
  });

  test('says that metrics does not answer, and has the rest', async () => {
    isMetricsUp = false;
    const { body } = await exportOf('user_id:ada');
    isMetricsUp = true;
    expect(body.touchpoints[0].counted).toBeNull();
    expect(body.figures).toEqual({ state: 'unavailable', message: 'metrics answers 503' });
    expect(body.complete).toBe(true);
  });

  test('reads no further than its client takes, and lets a client that goes away go', async () => {
    const filler = 'x'.repeat(20_000);
    await harness.send(
      Array.from({ length: 1_000 }, (_, n) =>
        touchpoint([user('large')], { id: `large-${n}`, properties: { filler } }),
      ),
    );
    let asked = 0;
    const count = () => (asked += 1);
    metrics.on('request', count);
    const { port, hostname } = new URL(harness.url);
    const socket = connect(Number(port), hostname).pause();
    socket.write(
      `GET /v1/profiles/user_id:large/export HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${keys.admin}\r\n\r\n`,
    );
    await poll(() => Promise.resolve(asked > 0));
    // A whole export of another profile takes its turn meanwhile; the one that is not read makes no progress.
    await exportOf('user_id:ada');
    expect(asked).toBeLessThan(10);
    socket.destroy();
    metrics.off('request', count);
    for (let round = 0; round < 8; round += 1) {
      await poll(async () => (await exportOf('user_id:ada')).status === 200);
    }
  });

  test('takes admin keys only, and knows nothing of strangers', async () => {
    for (const key of ['read', 'server', 'write'] as const) {
      expect((await harness.call('GET', '/v1/profiles/user_id:ada/export', { key })).status).toBe(403);
    }
    expect((await exportOf('user_id:nobody-there')).body.code).toBe('profile_not_found');
    expect((await exportOf('nonsense')).body.code).toBe('invalid_parameter');
    const { body } = await harness.call('GET', '/v1/profiles/user_id:ada/export?format=xml');
    expect(body.code).toBe('invalid_parameter');
  });
});
