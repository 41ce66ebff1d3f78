import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exactMinorUnits } from '../../../src/core/pos/exact-minor-units.ts';
import { mapPoslog } from '../../../src/core/pos/map-poslog.ts';
import { mapShopify } from '../../../src/core/pos/map-shopify.ts';
import { mapSquare } from '../../../src/core/pos/map-square.ts';
import { parsePoslog } from '../../../src/http/poslog-body.ts';
import { accepted, decide, rejected } from './receipt-decisions.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'examples', name), 'utf8');
// oxlint-disable-next-line typescript/no-explicit-any -- examples are changed as a sender might
const readJson = (name: string): any => JSON.parse(read(name));

describe('an ARTS POSLog', () => {
  const mapItem = mapPoslog;
  const [sale, refund, voiding, training, cancelled, control] = parsePoslog(read('poslog.xml'));
  const settings = { pos: { timeZone: 'Europe/Berlin' } };

  test('becomes sales with lines, tenders and customers, without the lines that were voided', () => {
    expect(accepted(sale, { mapItem, settings })).toMatchObject({
      id: '0042:3:2026-03-01:1201',
      occurredAt: '2026-03-01T09:15:30.000Z',
      handledBy: '77',
      identifiers: [
        { type: 'loyalty_id', value: '9021345' },
        { type: 'receipt_id', value: '0042:3:2026-03-01:1201' },
      ],
      properties: {
        kind: 'sale',
        total: '7.50',
        tax: '1.20',
        units: 3.5,
        lines: [
          { sku: '4006381333931', name: 'Pen & paper', total: '4.50' },
          { sku: '2000017000004', quantity: 1.5, total: '3.00' },
        ],
        tenders: [
          { type: 'Cash', amount: '10.00' },
          { type: 'change', amount: '-2.50' },
        ],
        extra: { till: '3-A', offline: true },
      },
    });
  });

  test('becomes refunds with what goes back as negative amounts, and the receipt that they name', () => {
    expect(accepted(refund, { mapItem })).toMatchObject({
      amends: { type: 'receipt_id', value: '0042:1:2026-02-20:880' },
      properties: {
        kind: 'refund',
        store: '0042',
        total: '-2.25',
        units: -1,
        tenders: [{ amount: '-2.25' }],
      },
    });
  });

  test('becomes voids of the receipt that they name', () => {
    expect(accepted(voiding, { mapItem })).toMatchObject({
      amends: { type: 'receipt_id', value: '0042:3:2026-03-01:1201' },
      properties: { kind: 'void' },
    });
  });

  test('keeps apart what counts nothing, and what was cancelled is no sale', () => {
    expect(rejected(training, { mapItem }).code).toBe('training_receipt');
    expect(rejected(control, { mapItem }).code).toBe('control_receipt');
    expect(decide(control, { mapItem }).receiptNumber?.sequence).toBe(1206);
    expect(accepted(cancelled, { mapItem }).properties).toMatchObject({ kind: 'cancellation' });
  });

  test('with taxes beside the prices is recognised by its total', () => {
    const text = read('poslog.xml')
      .replace('7.50</Total>', '8.70</Total>')
      .replace('<Amount>2.50<', '<Amount>1.30<');
    expect(accepted(parsePoslog(text)[0], { mapItem }).properties).toMatchObject({
      total: '8.70',
      tax: '1.20',
    });
  });

  describe('of a till that states amounts before discounts, and names currency and offset in attributes', () => {
    const text = read('poslog-amounts-before-discounts.xml');

    test('becomes a sale of what was paid, at the time that the offset gives', () => {
      expect(accepted(parsePoslog(text)[0], { mapItem })).toMatchObject({
        id: '207:011:2026-03-02:9120',
        occurredAt: '2026-03-01T18:44:19.716Z',
        handledBy: '51',
        identifiers: [
          { type: 'user_id', value: 'c-9981' },
          { type: 'loyalty_id', value: '634000669' },
          { type: 'receipt_id', value: '207:011:2026-03-02:9120' },
        ],
        properties: {
          store: '207',
          register: '011',
          currency: 'THB',
          total: '255.50',
          tax: '16.71',
          units: 3,
          lines: [
            { sku: '4006381333931', name: 'Tea 200 g', quantity: 2, total: '203.50', tax: '13.31' },
            { sku: '8850999009674', total: '52.00' },
          ],
          tenders: [{ type: 'X:Wallet', amount: '255.50' }],
        },
      });
    });

    test('takes off what its modifiers say where the line has no sum of them', () => {
      const without = text.replace(/<ExtendedDiscountAmount.*<\/ExtendedDiscountAmount>/, '');
      expect(accepted(parsePoslog(without)[0], { mapItem }).properties).toMatchObject({ total: '255.50' });
    });

    test('is rejected where neither the amounts nor what is left of them make its total', () => {
      const other = text.replaceAll('>255.50<', '>255.40<');
      const { code, expected } = rejected(parsePoslog(other)[0], { mapItem });
      expect(code).toBe('amounts_disagree');
      expect(expected).toContain('36.60 THB');
    });

    test('keeps a zone that the time itself has', () => {
      const zoned = text.replace('01:44:19.716<', '01:44:19.716+08:00<');
      expect(accepted(parsePoslog(zoned)[0], { mapItem }).occurredAt).toBe('2026-03-01T17:44:19.716Z');
    });
  });

  test('whose total is another is rejected with the difference', () => {
    const text = read('poslog.xml').replace('7.50</Total>', '7.40</Total>');
    const rejection = rejected(parsePoslog(text)[0], { mapItem });
    expect(rejection).toMatchObject({ code: 'amounts_disagree', field: 'total' });
    expect(rejection.expected).toContain('a difference of -10 (-0.10 EUR)');
  });

  test('whose sale names no currency is rejected, as its amounts could be in any', () => {
    const text = read('poslog.xml')
      .replace('<CurrencyCode>EUR</CurrencyCode>', '')
      .replaceAll(' Currency="EUR"', '');
    expect(rejected(parsePoslog(text)[0], { mapItem })).toMatchObject({ field: 'currency' });
  });

  test.each([
    ['<!DOCTYPE POSLog [<!ENTITY a "b">]><POSLog><Transaction/></POSLog>', 'malformed_request'],
    ['<POSLog><Transaction>&a;</Transaction></POSLog>', 'malformed_request'],
    ['<POSLog><Transaction></POSLog>', 'malformed_request'],
    ['<POSLog/>', 'malformed_request'],
    ['<html/>', 'malformed_request'],
    ['no XML', 'malformed_request'],
    [`<POSLog>${'<a>'.repeat(50)}${'</a>'.repeat(50)}</POSLog>`, 'nesting_too_deep'],
    [`<POSLog>${'<Transaction/>'.repeat(2_501)}</POSLog>`, 'too_many_items'],
  ])('is refused when it is %s', (text, code) => {
    expect(() => parsePoslog(text)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('with elements of any name is only data', () => {
    const [transaction] = parsePoslog('<POSLog><Transaction><__proto__>x</__proto__></Transaction></POSLog>');
    expect(Object.getPrototypeOf(transaction)).toBe(Object.prototype);
    expect(rejected(transaction, { mapItem })).toMatchObject({ code: 'missing_field', field: 'store' });
  });
});

describe('a webhook of Shopify', () => {
  const mapItem = mapShopify;
  const order = { topic: 'orders/paid', body: readJson('shopify-order.json') };
  const refund = { topic: 'refunds/create', body: readJson('shopify-refund.json') };

  test('becomes the sale of an order, without its tip', () => {
    expect(accepted(order, { mapItem })).toMatchObject({
      id: '5678901234567',
      channel: 'store',
      occurredAt: '2026-03-01T10:05:00.000Z',
      identifiers: [
        { type: 'email', value: 'ada@example.org' },
        { type: 'order_id', value: '5678901234567' },
      ],
      properties: {
        kind: 'sale',
        store: '98765',
        total: '49.90',
        tip: '5.00',
        tax: '7.97',
        discount: '4.50',
      },
    });
  });

  test('takes off what was taken off the whole order, and is not said of its lines', () => {
    const body = { ...order.body, total_discounts: '6.50', total_price: '52.90' };
    expect(accepted({ ...order, body }, { mapItem }).properties).toMatchObject({
      total: '47.90',
      lines: [{ sku: 'MUG-1' }, { name: 'Card' }, { sku: 'shipping' }, { sku: 'discount', total: '-2.00' }],
    });
    const all = { ...order.body, total_discounts: '4.50' };
    expect(accepted({ ...order, body: all }, { mapItem }).properties).toMatchObject({ total: '49.90' });
  });

  test('of an order or a refund that only tries the shop out is kept apart', () => {
    const body = { ...order.body, test: true };
    expect(rejected({ ...order, body }, { mapItem }).code).toBe('training_receipt');
    const [paid] = refund.body.transactions;
    const transactions = [{ ...paid, test: true }];
    expect(rejected({ ...refund, body: { ...refund.body, transactions } }, { mapItem }).code).toBe(
      'training_receipt',
    );
  });

  test('is the same touchpoint for both events of an order', () => {
    const created = decide({ ...order, topic: 'orders/create' }, { mapItem });
    expect(created.canonicalBody).toBe(decide(order, { mapItem }).canonicalBody);
  });

  test('becomes the refund of its order, by what was paid back', () => {
    expect(accepted(refund, { mapItem })).toMatchObject({
      id: 'refund-777',
      identifiers: [{ type: 'order_id', value: '5678901234567' }],
      properties: { kind: 'refund', total: '-13.50' },
    });
  });

  test('of a cancelled order takes the order back', () => {
    const body = { ...order.body, cancelled_at: '2026-03-02T08:00:00+01:00' };
    expect(accepted({ topic: 'orders/cancelled', body }, { mapItem })).toMatchObject({
      id: 'cancelled-5678901234567',
      identifiers: [{ type: 'email' }, { type: 'order_id', value: '5678901234567' }],
      properties: { kind: 'void' },
    });
  });

  test('of another kind, or with sums that disagree, is rejected', () => {
    expect(rejected({ ...order, topic: 'products/update' }, { mapItem }).code).toBe('unsupported_event');
    const body = { ...order.body, total_price: '54.91' };
    expect(rejected({ ...order, body }, { mapItem }).code).toBe('amounts_disagree');
    expect(rejected({ topic: 'orders/paid', body: [] }, { mapItem })).toMatchObject({ field: 'body' });
  });
});

describe('a webhook of Square', () => {
  const mapItem = mapSquare;
  const payment = readJson('square-payment.json');
  const refund = {
    type: 'refund.updated',
    event_id: 'e2',
    data: {
      object: {
        refund: {
          id: 'ref-1',
          status: 'COMPLETED',
          payment_id: 'pay-1',
          location_id: 'LOC-1',
          created_at: '2026-03-05T10:00:00Z',
          amount_money: { amount: 500, currency: 'USD' },
        },
      },
    },
  };

  test('becomes a sale once its payment is completed, without its tip', () => {
    expect(accepted(payment, { mapItem })).toMatchObject({
      id: 'pay-1',
      identifiers: [{ type: 'receipt_id', value: 'pay-1' }],
      properties: { store: 'LOC-1', register: 'DEVICE-7', total: '12.00', tip: '2.00', currency: 'USD' },
    });
  });

  test('becomes the refund of its payment', () => {
    expect(accepted(refund, { mapItem })).toMatchObject({
      id: 'ref-1',
      amends: { type: 'receipt_id', value: 'pay-1' },
      properties: { kind: 'refund', total: '-5.00' },
    });
  });

  test('of a payment that is sent again after a change is the same touchpoint', () => {
    const later = structuredClone(payment);
    later.event_id = 'another';
    later.data.object.payment.updated_at = '2026-03-01T12:00:00Z';
    expect(decide(later, { mapItem }).canonicalBody).toBe(decide(payment, { mapItem }).canonicalBody);
  });

  test('of another kind, or of a payment that is not completed, is rejected', () => {
    const changedOrder = { order_updated: { order_id: 'order-9', state: 'COMPLETED', version: 3 } };
    for (const event of [
      { type: 'invoice.paid', event_id: 'e' },
      // It says of an order that it changed, and no amount.
      { type: 'order.updated', event_id: 'e', data: { type: 'order_updated', object: changedOrder } },
    ]) {
      expect(rejected(event, { mapItem }).code).toBe('unsupported_event');
    }
    const pending = structuredClone(payment);
    pending.data.object.payment.status = 'APPROVED';
    expect(rejected(pending, { mapItem })).toMatchObject({
      code: 'unsupported_event',
      field: 'data.object.payment.status',
    });
    expect(rejected({ type: 'refund.created' }, { mapItem }).field).toBe('data.object.refund');
  });
});

test.each([
  ['12.50', 'EUR', 1250],
  ['12.5', 'EUR', 1250],
  ['12.505', 'EUR', undefined],
  ['-0.10', 'EUR', -10],
  ['+007.00', 'EUR', 700],
  ['1250', 'JPY', 1250],
  ['1250.5', 'JPY', undefined],
  ['1.2345', 'KWD', undefined],
  ['.5', 'USD', 50],
  [3.1, 'USD', 310],
  ['1,50', 'EUR', undefined],
  [null, 'EUR', undefined],
])('the amount %s of %s is %s minor units', (text, currency, amount) => {
  expect(exactMinorUnits(text, currency)).toBe(amount);
});
