import type { TouchpointResolved } from '@throughline/contracts';
import { expect, test } from 'vitest';
import { factOf } from '../../src/core/fact.ts';
import { idOf } from '../resolved-histories.ts';

function record(touchpoint: Partial<TouchpointResolved['touchpoint']>): TouchpointResolved {
  return {
    kind: 'touchpoint.resolved',
    shard: '0',
    sequence: 0,
    touchpoint: {
      key: idOf('d', 1),
      id: 't1',
      source: 'shop',
      type: 'track',
      name: 'Order Completed',
      occurredAt: '2026-03-10T10:00:00.000Z',
      receivedAt: '2026-03-10T10:00:01.000Z',
      trust: 'server',
      ...touchpoint,
    },
    identifier: idOf('a', 1),
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [],
    transaction: null,
    amends: null,
    requestId: 'request',
  };
}

test('a fact keeps properties without their lists, whose numbers it has read', () => {
  const properties = { order_id: 'o-1', products: [{ quantity: 2 }], address: { country: 'DE' } };
  const fact = factOf(record({ properties }));
  expect(fact.properties).toEqual({ order_id: 'o-1', address: { country: 'DE' } });
  expect(fact.numbers.units).toBe(2_000);
  expect(factOf(record({ properties: { products: [] } })).properties).toBe(null);
  expect(factOf(record({ properties: {} })).properties).toBe(null);
});

test('a fact keeps the details of its touchpoint as one text, and none where there are none', () => {
  expect(factOf(record({})).details).toBe(null);
  const said = {
    owner: 'brand',
    mediaType: 'paid',
    initiator: 'firm',
    kind: 'digital',
    handledBy: 'bot',
    responses: { affective: 0.5 },
    qualities: { clear: true },
    situation: { weather: 'rain' },
    campaign: { source: 'newsletter' },
    consent: { marketing: true },
    traits: { tier: 'gold' },
  } as const;
  expect(JSON.parse(factOf(record(said)).details ?? '')).toEqual(said);
});
