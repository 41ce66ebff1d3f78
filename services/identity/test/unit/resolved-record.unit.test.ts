import { type AcceptedTouchpoint, touchpointResolvedSchema } from '@throughline/contracts';
import { expect, test } from 'vitest';
import { touchpointRecord } from '../../src/consume/resolved-record.ts';
import { createIdentifierIds } from '../../src/identifier-id.ts';

const ids = createIdentifierIds('a secret for tests only');
const identifier = ids.identifierId('user_id', 'u1');

const accepted: AcceptedTouchpoint = {
  touchpoint: {
    id: 't1',
    source: 'server',
    type: 'receipt',
    name: null,
    occurredAt: '2026-11-20T10:00:00.000Z',
    receivedAt: '2026-11-20T10:00:01.000Z',
    identifiers: [
      { type: 'user_id', value: 'u1' },
      { type: 'receipt_id', value: 'r-2' },
    ],
    amends: { type: 'receipt_id', value: 'r-1' },
    channel: 'store',
    initiator: 'customer',
    kind: 'human',
    handledBy: 'clerk 7',
    responses: { affective: 0.8 },
    traits: { plan: 'gold', email: 'ada@shop.example' },
    properties: { total: '12.50', currency: 'EUR' },
    context: { campaign: { source: 'letter' }, consent: { analytics: true }, ip: '203.0.113.1' },
    warnings: ['id_made'],
  },
  trust: 'server',
  bodyHash: 'a-hash-of-43-characters'.padEnd(43, '.'),
  requestId: 'request',
};

const membership = {
  identifier,
  version: 1,
  root: identifier,
  profile: identifier,
  identifying: true,
  type: 'user_id' as const,
};

test('a resolved touchpoint carries what figures need, and neither contact data nor other values of identifiers', () => {
  const record = touchpointRecord(
    { ids, publishedTraits: new Set(['plan']) },
    { shard: 'touchpoints.v1/0', partitions: 4, traffic: 'interactive' },
    accepted,
    {
      key: ids.touchpointKey('server', 't1'),
      primary: identifier,
      previous: null,
      assignmentVersion: 0,
      memberships: [membership],
    },
    null,
  );
  const text = record.value({ shard: 'touchpoints.v1/0', sequence: 7 });
  expect(touchpointResolvedSchema.parse(JSON.parse(text))).toEqual({
    kind: 'touchpoint.resolved',
    shard: 'touchpoints.v1/0',
    sequence: 7,
    touchpoint: {
      id: 't1',
      source: 'server',
      type: 'receipt',
      name: null,
      occurredAt: '2026-11-20T10:00:00.000Z',
      receivedAt: '2026-11-20T10:00:01.000Z',
      channel: 'store',
      initiator: 'customer',
      kind: 'human',
      handledBy: 'clerk 7',
      responses: { affective: 0.8 },
      properties: { total: '12.50', currency: 'EUR' },
      campaign: { source: 'letter' },
      consent: { analytics: true },
      traits: { plan: 'gold' },
      key: ids.touchpointKey('server', 't1'),
      trust: 'server',
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [membership],
    transaction: ids.identifierId('receipt_id', 'r-2'),
    amends: ids.identifierId('receipt_id', 'r-1'),
    requestId: 'request',
  });
  expect(text).not.toMatch(/shop\.example|203\.0\.113|r-1|r-2/);
});
