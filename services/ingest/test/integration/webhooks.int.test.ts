import { createHmac } from 'node:crypto';
import { topics } from '@throughline/contracts';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, type Answer, type IngestServer } from './ingest-server.ts';

const shopifySecret = 'shopify-secret-0123456789';
const squareSecret = 'square-secret-0123456789';
const squareUrl = 'https://shop.example/v1/pos/webhooks/square/server';
const standardSecrets = [
  `whsec_${Buffer.from('the-old-secret-of-24-bytes').toString('base64')}`,
  `whsec_${Buffer.from('the-new-secret-of-24-bytes').toString('base64')}`,
] as const;
let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer({
    environment: {
      THROUGHLINE_SOURCES: JSON.stringify({
        server: {
          webhooks: {
            shopify: { secrets: [shopifySecret] },
            square: { secrets: [squareSecret], url: squareUrl },
            standard: { secrets: standardSecrets },
          },
        },
      }),
    },
  });
});
afterAll(() => server.stop());

const receipt = {
  store: 'S',
  register: '1',
  businessDay: '2026-03-01',
  sequence: 1,
  time: '2026-03-01T12:00:00Z',
  currency: 'EUR',
  total: 100,
};

async function deliver(path: string, body: string, headers: Record<string, string>): Promise<Answer> {
  return await server.post(`/v1/pos/webhooks/${path}`, body, { key: null, raw: true, headers });
}

async function touchpointIds(): Promise<string[]> {
  const records = await server.records(topics.touchpoints);
  return records.map(({ touchpoint }) => touchpoint.id as string);
}

const base64Hmac = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text).digest('base64');

describe('Shopify', () => {
  const body = JSON.stringify({
    id: 42,
    created_at: '2026-03-01T12:00:00Z',
    currency: 'EUR',
    total_price: '10.00',
    taxes_included: true,
    line_items: [{ title: 'Mug', quantity: 1, price: '10.00' }],
  });
  const headers = {
    'x-shopify-topic': 'orders/create',
    'x-shopify-hmac-sha256': base64Hmac(shopifySecret, body),
  };

  test('delivers an order by its signature, and again under other headers it is the same touchpoint', async () => {
    expect((await deliver('shopify/server', body, headers)).json).toEqual({
      accepted: 1,
      keptApart: 0,
      rejected: [],
    });
    const again = await deliver('shopify/server', body, { ...headers, 'x-shopify-event-id': 'another' });
    expect(again.status).toBe(200);
    const records = (await server.records(topics.touchpoints)).filter(
      ({ touchpoint }) => touchpoint.id === '42',
    );
    expect(new Set(records.map(({ bodyHash }) => bodyHash)).size).toBe(1);
  });

  test('is answered 200 for an event that is not read, which is kept', async () => {
    const answer = await deliver('shopify/server', body, { ...headers, 'x-shopify-topic': 'carts/update' });
    expect(answer).toMatchObject({
      status: 200,
      json: { accepted: 0, rejected: [{ code: 'unsupported_event' }] },
    });
  });

  test.each([
    ['a body that was changed', 'shopify/server', body.replace('10.00', '99.00'), headers],
    ['a secret of another', 'shopify/server', body, { 'x-shopify-hmac-sha256': base64Hmac('another', body) }],
    ['no signature', 'shopify/server', body, {}],
    ['a signature that is none', 'shopify/server', body, { 'x-shopify-hmac-sha256': '%' }],
    ['a source without a secret', 'shopify/website', body, headers],
    ['a source that does not exist', 'shopify/constructor', body, headers],
  ])('is refused with %s', async (_what, path, text, sent) => {
    const answer = await deliver(path, text, sent);
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
  });
});

test('Square delivers a payment by its signature over the address and the body', async () => {
  const body = JSON.stringify({
    type: 'payment.updated',
    data: {
      object: {
        payment: {
          id: 'square-1',
          status: 'COMPLETED',
          created_at: '2026-03-01T12:00:00Z',
          location_id: 'L',
          amount_money: { amount: 100, currency: 'USD' },
        },
      },
    },
  });
  const signature = (text: string): Record<string, string> => ({
    'x-square-hmacsha256-signature': base64Hmac(squareSecret, text),
  });
  expect((await deliver('square/server', body, signature(squareUrl + body))).json).toMatchObject({
    accepted: 1,
  });
  expect((await deliver('square/server', body, signature(body))).status).toBe(401);
  expect(await touchpointIds()).toContain('square-1');
});

describe('Standard Webhooks', () => {
  function sign(secret: string, body: string, at: Date, id = 'msg_1'): Record<string, string> {
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    };
  }

  test('deliver a receipt, a list, and either as the data of an event, as the library of the specification signs', async () => {
    const bodies = [
      receipt,
      [{ ...receipt, sequence: 2 }],
      { type: 'receipt.created', timestamp: '2026-03-01T12:00:00Z', data: { ...receipt, sequence: 3 } },
    ];
    for (const value of bodies) {
      const body = JSON.stringify(value);
      const answer = await deliver('standard/server', body, sign(standardSecrets[1], body, new Date()));
      expect(answer.json).toMatchObject({ accepted: 1, rejected: [] });
    }
    expect(await touchpointIds()).toEqual(
      expect.arrayContaining(['S:1:2026-03-01:1', 'S:1:2026-03-01:2', 'S:1:2026-03-01:3']),
    );
  });

  test('are taken with one right signature among several, and with either secret', async () => {
    const body = JSON.stringify({ ...receipt, sequence: 4 });
    const headers = sign(standardSecrets[0], body, new Date());
    const signatures = `v1,${'A'.repeat(43)}= v2,x ${headers['webhook-signature'] ?? ''}`;
    const answer = await deliver('standard/server', body, { ...headers, 'webhook-signature': signatures });
    expect(answer.json).toMatchObject({ accepted: 1 });
  });

  test.each([
    ['six minutes old', -6 * 60_000],
    ['six minutes ahead', 6 * 60_000],
  ])('are refused when they are %s', async (_what, byMs) => {
    const body = JSON.stringify(receipt);
    const headers = sign(standardSecrets[1], body, new Date(Date.now() + byMs));
    expect((await deliver('standard/server', body, headers)).status).toBe(401);
  });

  test('are refused when id, time or body are not those that were signed', async () => {
    const body = JSON.stringify(receipt);
    const headers = sign(standardSecrets[1], body, new Date());
    for (const changed of [
      { 'webhook-id': 'msg_2' },
      { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 5) },
    ]) {
      expect((await deliver('standard/server', body, { ...headers, ...changed })).status).toBe(401);
    }
    expect((await deliver('standard/server', `${body} `, headers)).status).toBe(401);
  });
});

test('a POSLog document is taken with a server key, transaction by transaction', async () => {
  const transaction = (sequence: number, total: string): string =>
    `<Transaction><RetailStoreID>X</RetailStoreID><WorkstationID>1</WorkstationID><SequenceNumber>${sequence}</SequenceNumber>` +
    `<BusinessDayDate>2026-03-01</BusinessDayDate><EndDateTime>2026-03-01T10:00:00</EndDateTime><CurrencyCode>EUR</CurrencyCode>` +
    `<RetailTransaction><LineItem><Sale><ItemID>1</ItemID><ExtendedAmount>2.00</ExtendedAmount></Sale></LineItem>` +
    `<Total TotalType="TransactionGrandAmount">${total}</Total></RetailTransaction></Transaction>`;
  const post = async (body: string): Promise<Answer> =>
    await server.post('/v1/pos/poslog', body, { raw: true, headers: { 'content-type': 'application/xml' } });
  expect(
    (await post(`<POSLog>${transaction(1, '2.00')}${transaction(2, '3.00')}</POSLog>`)).json,
  ).toMatchObject({
    accepted: 1,
    rejected: [{ index: 1, code: 'amounts_disagree', id: 'X:1:2026-03-01:2' }],
  });
  expect(await post('<!DOCTYPE POSLog []><POSLog/>')).toMatchObject({ status: 400 });
  expect((await server.post('/v1/pos/poslog', {})).status).toBe(415);
});
