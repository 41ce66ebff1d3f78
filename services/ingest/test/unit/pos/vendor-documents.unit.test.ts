/**
 * Whole documents, with every field that the vendors' documentation lists, whose amounts are computed here apart: what a mapping
 * overlooks, or takes for something else, is off by a cent.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Touchpoint } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../src/core/json-value.ts';
import { mapPoslog } from '../../../src/core/pos/map-poslog.ts';
import { mapShopify } from '../../../src/core/pos/map-shopify.ts';
import { mapSquare } from '../../../src/core/pos/map-square.ts';
import { parsePoslog } from '../../../src/http/poslog-body.ts';
import * as decisions from './receipt-decisions.ts';

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, 'examples', name), 'utf8');

function readObject(name: string): JsonObject {
  const value: unknown = JSON.parse(read(name));
  if (!isJsonObject(value)) throw new Error(`${name} is no JSON object`);
  return value;
}

/** After the last of the documents. */
const received = {
  receivedAt: '2026-03-14T07:00:00.000Z',
  receivedAtMs: Date.parse('2026-03-14T07:00:00.000Z'),
};
type Context = Parameters<typeof decisions.accepted>[1];
const accepted = (receipt: unknown, context: Context): Touchpoint =>
  decisions.accepted(receipt, { ...context, ...received });

interface Line {
  sku?: string;
  name?: string;
  quantity?: number;
  total: string;
  tax?: string;
}

const cents = (text: unknown): number => Math.round(Number(text) * 100);
const propertiesOf = ({ properties = {} }: Touchpoint): JsonObject => properties;
const linesOf = (touchpoint: Touchpoint): Line[] => propertiesOf(touchpoint)['lines'] as Line[];
const sumOfLines = (touchpoint: Touchpoint): number =>
  linesOf(touchpoint).reduce((sum, { total }) => sum + cents(total), 0);
const sumOfTenders = (touchpoint: Touchpoint): number =>
  (propertiesOf(touchpoint)['tenders'] as { amount: string }[]).reduce(
    (sum, { amount }) => sum + cents(amount),
    0,
  );

describe('an order of Shopify with a code for a discount, two taxes a line and shipping', () => {
  const order = accepted(
    { topic: 'orders/create', body: readObject('shopify-orders-create.json') },
    { mapItem: mapShopify },
  );

  test('has the lines, the taxes beside them and the total of the document', () => {
    expect(linesOf(order)).toMatchObject([
      { sku: 'TEE-BLU-M', name: 'Organic T-shirt', quantity: 2, total: '43.20', tax: '3.84' },
      { sku: 'CAP-1', name: 'Cap', total: '16.65', tax: '1.48' },
      { sku: 'shipping', name: 'Standard', total: '7.00', tax: '0.62' },
    ]);
    expect(order.properties).toMatchObject({
      kind: 'sale',
      currency: 'USD',
      tax: '5.94',
      discount: '6.65',
      total: '72.79',
    });
    expect(sumOfLines(order) + cents('5.94')).toBe(cents('72.79'));
  });

  test('is an order of the web at its time, of a customer with an e-mail address and a phone', () => {
    expect(order).toMatchObject({
      id: '6204417781861',
      channel: 'web',
      occurredAt: '2026-03-01T15:04:11.000Z',
      identifiers: [
        { type: 'email', value: 'lin.park@mail.example' },
        { type: 'phone', value: '+12125550143' },
        { type: 'order_id', value: '6204417781861' },
      ],
    });
  });

  test('has one of its shirts refunded with its part of the taxes', () => {
    const refund = accepted(
      { topic: 'refunds/create', body: readObject('shopify-refunds-create.json') },
      { mapItem: mapShopify },
    );
    expect(refund).toMatchObject({
      id: 'refund-903377281317',
      occurredAt: '2026-03-12T19:20:44.000Z',
      identifiers: [{ type: 'order_id', value: '6204417781861' }],
      properties: { kind: 'refund', currency: 'USD', total: '-23.52', operator: '88120443' },
    });
    expect(cents(propertiesOf(refund)['total'])).toBe(-(cents('21.60') + cents('1.92')));
  });
});

describe('a payment of Square', () => {
  test('is what was bought, with the tip apart, by the device that Square names', () => {
    const payment = accepted(readObject('square-payment-updated.json'), { mapItem: mapSquare });
    expect(payment).toMatchObject({
      id: 'vT9qLx3Kc0mWbRzPf6UeYh2sJdNZY',
      occurredAt: '2026-03-01T17:42:11.871Z',
      handledBy: 'TMx-1b7Qe2',
      identifiers: [
        { type: 'email', value: 'noor@mail.example' },
        { type: 'receipt_id', value: 'vT9qLx3Kc0mWbRzPf6UeYh2sJdNZY' },
      ],
      properties: {
        kind: 'sale',
        store: 'LH2R9S5VQ8XWA',
        register: '995CS397A6475287',
        currency: 'USD',
        total: '23.50',
        tip: '3.50',
        tenders: [{ type: 'CARD', amount: '27.00' }],
      },
    });
    expect(sumOfTenders(payment)).toBe(cents('23.50') + cents('3.50'));
  });

  test('is refunded in part, by reference to it', () => {
    expect(accepted(readObject('square-refund-updated.json'), { mapItem: mapSquare })).toMatchObject({
      id: 'vT9qLx3Kc0mWbRzPf6UeYh2sJdNZY_r7KdW2',
      amends: { type: 'receipt_id', value: 'vT9qLx3Kc0mWbRzPf6UeYh2sJdNZY' },
      properties: { kind: 'refund', total: '-8.50' },
    });
  });

  test('is what says the amounts of an order: an event of the order has none, and is kept aside', () => {
    const order = readObject('square-order-updated.json');
    expect(decisions.rejected(order, { mapItem: mapSquare })).toMatchObject({ code: 'unsupported_event' });
  });

  test.each([
    ['0a1b2c3d-0000-4000-8000-9f8e7d6c5b4a', '3d-0000-4000-8000-9f8e7d6c5b4a'],
    ['DEVICE:till 7/a', 'till-7-a'],
    ['device:', undefined],
    [7, undefined],
  ])('by the device %s is of the register %s', (deviceId, register) => {
    const payment = readObject('square-payment-updated.json');
    const changed = structuredClone(payment) as {
      data: { object: { payment: { device_details: object } } };
    };
    changed.data.object.payment.device_details = { device_id: deviceId };
    expect(propertiesOf(accepted(changed, { mapItem: mapSquare }))['register']).toBe(register);
  });
});

describe('a POSLog of version 2.2.1 with taxes of two authorities beside the prices', () => {
  const settings = { pos: { timeZone: 'America/New_York' } };
  const [first, second] = parsePoslog(read('poslog-2.2.1.xml'));
  const sale = accepted(first, { mapItem: mapPoslog, settings });
  const refund = accepted(second, { mapItem: mapPoslog, settings });

  test('has lines, taxes and tenders that make the grand total', () => {
    expect(sale).toMatchObject({
      id: '0118:4:2026-03-06:50231',
      occurredAt: '2026-03-06T21:22:41.000Z',
      handledBy: '9044',
      properties: { kind: 'sale', currency: 'USD', tax: '5.23', total: '68.61', units: 3 },
    });
    expect(linesOf(sale)).toMatchObject([
      { sku: '774210', name: 'Bath towel, grey', quantity: 2, total: '23.38', tax: '1.93' },
      { sku: '880014', name: 'Table lamp', total: '40.00', tax: '3.30' },
    ]);
    expect(sumOfLines(sale) + cents('3.96') + cents('1.27')).toBe(cents('68.61'));
    expect(sumOfTenders(sale)).toBe(cents('68.61'));
  });

  test('has the customer by number, card, e-mail address and phone', () => {
    expect(sale.identifiers).toMatchObject([
      { type: 'user_id', value: 'C-20417' },
      { type: 'loyalty_id', value: '7001188' },
      { type: 'email', value: 'noor@mail.example' },
      { type: 'phone' },
      { type: 'receipt_id', value: '0118:4:2026-03-06:50231' },
    ]);
  });

  test('has what is taken back a week later at another register, with its taxes', () => {
    expect(refund).toMatchObject({
      amends: { type: 'receipt_id', value: '0118:4:2026-03-06:50231' },
      properties: { kind: 'refund', register: '2', tax: '-3.30', total: '-43.30', units: -1 },
    });
    expect(sumOfLines(refund) - cents('2.50') - cents('0.80')).toBe(cents('-43.30'));
    expect(sumOfTenders(refund)).toBe(cents('-43.30'));
  });
});

test('a POSLog of version 6.0 with taxes within the prices has no line that was voided, and the loyalty card of any line', () => {
  const [transaction] = parsePoslog(read('poslog-6.0.xml'));
  const sale = accepted(transaction, { mapItem: mapPoslog });
  expect(sale).toMatchObject({
    id: 'DE-031:02:2026-03-02:7719',
    occurredAt: '2026-03-02T10:42:08.000Z',
    handledBy: '118',
    identifiers: [
      { type: 'loyalty_id', value: '60077114' },
      { type: 'receipt_id', value: 'DE-031:02:2026-03-02:7719' },
    ],
    properties: {
      kind: 'sale',
      currency: 'EUR',
      tax: '4.77',
      total: '40.49',
      units: 3,
      tenders: [
        { type: 'Cash', amount: '50.00' },
        { type: 'change', amount: '-9.51' },
      ],
      extra: { till: '02-B', offline: true },
    },
  });
  expect(linesOf(sale)).toHaveLength(2);
  expect(sumOfLines(sale)).toBe(cents('40.49'));
  expect(sumOfTenders(sale)).toBe(cents('40.49'));
});
