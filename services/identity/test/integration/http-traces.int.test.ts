import { randomUUID } from 'node:crypto';
import type { RejectedItem } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

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
  it('tells where an accepted touchpoint is, and what else came under its id', async () => {
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
      duplicates: {
        copies: 1,
        lastReceivedAt: first.touchpoint.receivedAt,
        lastRequestId: 'req_first',
      },
      conflicts: [
        { receivedAt: other.touchpoint.receivedAt, bodyHash: other.bodyHash, requestId: 'req_other' },
      ],
      rejections: [expect.objectContaining({ source: 'server', code: 'invalid_time', field: 'timestamp' })],
      freshness: { processedThrough: expect.any(String), pendingRecords: 0 },
    });
  });

  it('asks for the source when several have the id', async () => {
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

  it('tells why a touchpoint was rejected', async () => {
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

  it.each(['unknown', 'a\u0000b', "'; drop table", 'x'.repeat(400)])('has nothing of %j', async (id) => {
    const { status, body } = await trace(id);
    expect([status, body.code]).toEqual([404, 'touchpoint_not_found']);
    expect(body.freshness).toEqual({ processedThrough: expect.any(String), pendingRecords: 0 });
  });

  it('refuses parameters it does not know', async () => {
    expect((await trace('unknown', '?origin=x')).body).toMatchObject({
      code: 'invalid_parameter',
      field: 'origin',
    });
    expect((await trace('unknown', '?source=')).body).toMatchObject({
      code: 'invalid_parameter',
      field: 'source',
    });
  });
});
