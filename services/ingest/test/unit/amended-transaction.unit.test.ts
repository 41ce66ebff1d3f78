import { describe, expect, test } from 'vitest';
import { accepted, identifiersOf } from './item-decisions.ts';

const receipt = (properties: object) => ({
  type: 'receipt',
  messageId: 'm1',
  userId: 'u1',
  identifiers: [{ type: 'receipt_id', value: 'berlin-3-2026-11-20-0042' }],
  properties,
});
const order = (event: string, properties: object) => ({
  type: 'track',
  event,
  messageId: 'm2',
  userId: 'u1',
  properties,
});
const referred = { type: 'receipt_id', value: 'berlin-3-2026-11-18-0017' };

describe('a refund, void or cancellation', () => {
  test.each(['refundOf', 'voidOf'])(
    'of a receipt amends the one that %s names, and is not linked to it',
    (field) => {
      const item = receipt({ [field]: ` ${referred.value} ` });
      expect(accepted(item).amends).toEqual(referred);
      expect(identifiersOf(item)).toEqual(['user_id:u1', 'receipt_id:berlin-3-2026-11-20-0042']);
    },
  );

  test('amends within the scope of its source', () => {
    const settings = { transactionScope: 'berlin' };
    expect(accepted(receipt({ refundOf: 17 }), { settings }).amends).toEqual({
      type: 'receipt_id.berlin',
      value: '17',
    });
  });

  test.each(['Order Refunded', 'Order Cancelled'])('of an order amends another order only: %s', (event) => {
    expect(accepted(order(event, { order_id: '17' })).amends).toBeUndefined();
    expect(accepted(order(event, { order_id: '17', refundOf: '17' })).amends).toBeUndefined();
    expect(accepted(order(event, { order_id: 'R-1', refundOf: '17' })).amends).toEqual({
      type: 'order_id',
      value: '17',
    });
  });

  test('amends nothing when it names nothing that could be a transaction', () => {
    for (const refundOf of [undefined, null, '', ' ', 1.5, {}, 'null', 'x'.repeat(201)]) {
      expect(accepted(receipt({ refundOf })).amends).toBeUndefined();
    }
  });
});

test('another touchpoint amends nothing, whatever its properties are', () => {
  expect(accepted(order('Order Completed', { order_id: '18', refundOf: '17' })).amends).toBeUndefined();
  expect(accepted({ ...receipt({ refundOf: '17' }), type: 'track', event: 'Seen' }).amends).toBeUndefined();
});
