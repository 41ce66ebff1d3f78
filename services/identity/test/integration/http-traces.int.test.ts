import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CountedTouchpoint, type RejectedItem, topics } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

/** Stands where metrics would answer: what is counted by key; null when it fails. */
let metrics: Server;
let counted: Record<string, CountedTouchpoint | null> | null = {};
let harness: HttpHarness;

let rejectedValues: string[];

beforeAll(async () => {
  metrics = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(counted === null ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ touchpoints: counted }));
    });
  }).listen(0, '127.0.0.1');
  await once(metrics, 'listening');
  const { port } = metrics.address() as AddressInfo;
  harness = await startHttpHarness({ metricsUrl: `http://127.0.0.1:${port}` });
  rejectedValues = await harness.follow(topics.rejected);
});
afterAll(async () => {
  await harness.close();
  metrics.close();
});

const trace = (id: string, query = '') =>
  harness.call('GET', `/v1/touchpoints/${encodeURIComponent(id)}${query}`, { key: 'read' });

function rejection(id: string, over: Partial<RejectedItem> = {}): RejectedItem {
  return {
    rejectionId: randomUUID(),
    receivedAt: '2026-03-01T09:00:00.000Z',
    source: 'website',
    requestId: 'req_rejected',
    route: '/v1/touchpoints',
    index: 0,
    id,
    code: 'invalid_time',
    field: 'timestamp',
    message: 'not an instant',
    body: '{}',
    bodyEncoding: 'json',
    ...over,
  };
}

describe('GET /v1/touchpoints/{id}', () => {
  test('says where an accepted touchpoint is, and what else came under its id', async () => {
    const identifiers = [user('traced'), { type: 'anonymous_id' as const, value: 'traced-cookie' }];
    const first = touchpoint(identifiers, { id: 'order 1/ü', requestId: 'req_first' });
    const other = touchpoint(identifiers, {
      id: 'order 1/ü',
      requestId: 'req_other',
      name: 'Something else',
    });
    await harness.send([first, first]);
    await harness.send([other]);
    await harness.reject([rejection('order 1/ü', { source: 'server' }), rejection('order 1/ü')]);
    const identifier = harness.ids.identifierId('user_id', 'traced');
    const { status, body } = await trace('order 1/ü');
    expect(status).toBe(200);
    expect(body).toEqual({
      state: 'accepted',
      id: 'order 1/ü',
      source: 'server',
      key: harness.ids.touchpointKey('server', 'order 1/ü'),
      receivedAt: first.touchpoint.receivedAt,
      requestId: 'req_first',
      bodyHash: first.bodyHash,
      belongsTo: { identifier: { id: identifier, type: 'user_id', value: 'traced' }, profile: identifier },
      assignmentVersion: 0,
      counted: `/v1/metrics/touchpoints/${harness.ids.touchpointKey('server', 'order 1/ü')}`,
      countedAs: { state: 'not_counted' },
      duplicates: {
        copies: 1,
        lastReceivedAt: first.touchpoint.receivedAt,
        lastRequestId: 'req_first',
      },
      conflicts: [
        {
          rejectionId: harness.ids.conflictId('server', 'order 1/ü', other.bodyHash),
          receivedAt: other.touchpoint.receivedAt,
          bodyHash: other.bodyHash,
          requestId: 'req_other',
        },
      ],
      rejections: [expect.objectContaining({ source: 'server', code: 'invalid_time', field: 'timestamp' })],
      deadLetters: [],
      warnings: [],
      freshness: { processedThrough: expect.any(String), pendingRecords: 0 },
    });
  });

  test('says as what the figures count it, and when they cannot be asked', async () => {
    await harness.send([touchpoint([user('counted')], { id: 'counted-1' })]);
    const key = harness.ids.touchpointKey('server', 'counted-1');
    const answer = {
      key,
      id: 'counted-1',
      source: 'server',
      identifier: harness.ids.identifierId('user_id', 'counted'),
      day: '2026-03-01',
      stage: 'consideration',
      countsTransactionOf: ['purchase'],
    };
    counted = { [key]: answer };
    const { day, stage, countsTransactionOf } = answer;
    expect((await trace('counted-1')).body.countedAs).toEqual({
      state: 'counted',
      day,
      stage,
      countsTransactionOf,
    });
    counted = null;
    expect((await trace('counted-1')).body.countedAs).toEqual({
      state: 'unavailable',
      message: 'metrics answers 503',
    });
    counted = {};
  });

  test('asks for the source when several have the id', async () => {
    await harness.send([
      touchpoint([user('twice')], { id: 'same-id' }),
      touchpoint([user('twice')], { id: 'same-id', trust: 'public' }),
    ]);
    const { status, body } = await trace('same-id');
    expect([status, body.code, body.field]).toEqual([409, 'ambiguous_touchpoint', 'source']);
    expect(body.candidates.map((one: { source: string }) => one.source)).toEqual(['server', 'website']);
    for (const source of ['server', 'website']) {
      expect(await trace('same-id', `?source=${source}`)).toMatchObject({ status: 200, body: { source } });
    }
    expect((await trace('same-id', '?source=till')).status).toBe(404);
  });

  test('says why a touchpoint was rejected', async () => {
    await harness.reject([
      rejection('bad-1'),
      rejection('bad-1', { receivedAt: '2026-03-01T09:30:00.000Z', code: 'item_too_large', field: '' }),
    ]);
    const { status, body } = await trace('bad-1');
    expect(status).toBe(200);
    expect(body.state).toBe('rejected');
    expect(body.rejections.map((one: { code: string }) => one.code)).toEqual([
      'item_too_large',
      'invalid_time',
    ]);
    expect((await trace('bad-1', '?source=website')).status).toBe(200);
    expect((await trace('bad-1', '?source=server')).status).toBe(404);
  });

  test.each(['unknown', 'a\u0000b', "'; drop table", 'x'.repeat(400)])('has nothing of %j', async (id) => {
    const { status, body } = await trace(id);
    expect([status, body.code]).toEqual([404, 'touchpoint_not_found']);
    expect(body.freshness).toEqual({ processedThrough: expect.any(String), pendingRecords: 0 });
  });

  test('refuses unknown parameters', async () => {
    expect((await trace('unknown', '?origin=x')).body).toMatchObject({
      code: 'invalid_parameter',
      field: 'origin',
    });
    expect((await trace('unknown', '?source=')).body).toMatchObject({
      code: 'invalid_parameter',
      field: 'source',
    });
  });

  test('shows a server key another body under an id of its own source, and nothing of other sources', async () => {
    const first = touchpoint([user('changed')], { id: 'changed-body', name: 'First' });
    const other = touchpoint([user('changed')], { id: 'changed-body', name: 'Other' });
    await harness.send([first, other, touchpoint([user('changed')], { id: 'of-a-page', trust: 'public' })]);
    const ask = (path: string, key: 'server' | 'write') =>
      harness.call('GET', `/v1/touchpoints/${path}`, { key });
    for (const query of ['', '?source=server']) {
      expect(await ask(`changed-body${query}`, 'server')).toMatchObject({
        status: 200,
        body: { bodyHash: first.bodyHash, conflicts: [{ bodyHash: other.bodyHash }] },
      });
    }
    expect((await ask('of-a-page', 'server')).status).toBe(404);
    expect((await ask('of-a-page?source=website', 'server')).body.code).toBe('forbidden');
    expect((await ask('changed-body', 'write')).status).toBe(403);
  });

  test('sends a conflict to the rejected store with both bodies, once', async () => {
    const first = touchpoint([user('conflicting')], { id: 'two-bodies', name: 'First' });
    const other = touchpoint([user('conflicting')], { id: 'two-bodies', name: 'Other' });
    // In one batch and again later: the first that is committed stands.
    await harness.send([first, other, other]);
    await harness.send([other]);
    await poll(() => Promise.resolve(rejectedRecords('two-bodies').length > 0));
    const [record, ...more] = rejectedRecords('two-bodies');
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      code: 'conflicting_touchpoint',
      source: 'server',
      trust: 'server',
      requestId: 'req_test',
      rejectionId: harness.ids.conflictId('server', 'two-bodies', other.bodyHash),
    });
    expect(JSON.parse(record?.body ?? '')).toEqual(other.touchpoint);
    expect(JSON.parse(record?.standingBody ?? '')).toEqual(first.touchpoint);
    const { body } = await trace('two-bodies');
    expect(body).toMatchObject({
      bodyHash: first.bodyHash,
      rejections: [],
      conflicts: [{ bodyHash: other.bodyHash }],
    });
  });

  test('says that a touchpoint is a dead letter, and why; every other of its batch is accepted', async () => {
    const sound = ['sound-1', 'sound-2'].map((id) => touchpoint([user('trace-letters')], { id }));
    const broken = touchpoint([user('trace-letters')], {
      id: 'beyond-any-column',
      occurredAt: '9999-12-31T23:59:59.999Z',
    });
    const spoilt = { ...broken, touchpoint: { ...broken.touchpoint, name: 'a\u0000b' } };
    await harness.send([...sound.slice(0, 1), spoilt, ...sound.slice(1)]);
    for (const { touchpoint: one } of sound) expect((await trace(one.id)).body.state).toBe('accepted');
    await poll(async () => (await trace('beyond-any-column')).status === 200);
    const { body } = await trace('beyond-any-column');
    expect(body).toMatchObject({
      state: 'dead_letter',
      deadLetters: [{ source: 'server', code: expect.any(String), message: expect.any(String) }],
    });
    expect((await trace('beyond-any-column', '?source=website')).status).toBe(404);
  });

  test('warns when two customers used the order number that a touchpoint names', async () => {
    const order = { type: 'order_id' as const, value: 'trace-1001' };
    await harness.send([touchpoint([user('shop-a'), order], { id: 'order-a' })]);
    expect((await trace('order-a')).body.warnings).toEqual([]);
    await harness.send([touchpoint([user('shop-b'), order], { id: 'order-b' })]);
    for (const id of ['order-a', 'order-b']) {
      expect((await trace(id)).body.warnings).toEqual([
        {
          code: 'ambiguous_transaction',
          identifier: { id: harness.ids.identifierId('order_id', 'trace-1001'), type: 'order_id' },
          trust: 'server',
        },
      ]);
    }
  });

  test('never says of an acknowledged touchpoint that it was not received', async () => {
    const sent = Array.from({ length: 200 }, (_, n) =>
      touchpoint([user(`ack-${n % 7}`)], { id: `ack-${n}` }),
    );
    await harness.append(sent);
    // Nothing is waited for: some are in, and of the others the answer says that records are pending.
    for (const { touchpoint: one } of sent) {
      const { status, body } = await trace(one.id);
      if (status !== 200) expect([status, body.freshness.pendingRecords === 0]).toEqual([404, false]);
    }
    await harness.send([]);
    for (const { touchpoint: one } of sent) expect((await trace(one.id)).status).toBe(200);
  });

  test('says of one that was never sent that it was not received', async () => {
    const { body } = await trace('not-there');
    expect(body).toMatchObject({
      code: 'touchpoint_not_found',
      detail: 'it was not received',
      pendingRejections: 0,
    });
  });
});

interface RejectedRecord {
  id: string;
  rejectionId: string;
  body: string;
  standingBody?: string;
}

/** Of the log, as the rejected store reads them. */
function rejectedRecords(id: string): RejectedRecord[] {
  return rejectedValues.map((value) => JSON.parse(value) as RejectedRecord).filter((one) => one.id === id);
}
