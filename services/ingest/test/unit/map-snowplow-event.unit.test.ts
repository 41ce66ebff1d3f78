import { describe, expect, test } from 'vitest';
import { mapSnowplowEvent } from '../../src/core/protocols/map-snowplow-event.ts';
import { accepted, identifiersOf, receivedAt, rejected } from './item-decisions.ts';

const asSnowplow = { mapItem: mapSnowplowEvent, dialect: 'segment' } as const;
const eid = '6d7a2a0a-8a1f-4a5b-9f0e-0d4c1f2b3a4c';
const base = { eid, duid: 'visitor', p: 'web', tv: 'js-4', tna: 'sp', aid: 'shop' };
const ecommerce = 'iglu:com.snowplowanalytics.snowplow.ecommerce';

function selfDescribing(schema: string, data: unknown, entities: object[] = []) {
  return {
    ...base,
    e: 'ue',
    ue_px: Buffer.from(JSON.stringify({ data: { schema, data } })).toString('base64url'),
    ...(entities.length === 0 ? {} : { co: JSON.stringify({ data: entities }) }),
  };
}

describe('an event of a Snowplow tracker', () => {
  test('a page view is a page call', () => {
    const sent = {
      ...base,
      e: 'pv',
      uid: 'u1',
      page: 'Home',
      url: 'https://shop.example/',
      refr: 'https://a.example',
    };
    expect(accepted(sent, asSnowplow)).toMatchObject({
      id: eid,
      type: 'page',
      name: 'Home',
      channel: 'web',
      properties: { url: 'https://shop.example/', title: 'Home', referrer: 'https://a.example' },
      context: { library: { name: 'sp', version: 'js-4', app: 'shop' } },
    });
    expect(identifiersOf(sent, asSnowplow)).toEqual(['user_id:u1', 'anonymous_id:visitor']);
  });

  test('a page ping is a track call with the scroll offsets', () => {
    const sent = { ...base, e: 'pp', page: 'Home', pp_mix: '0', pp_max: '10', pp_miy: '5', pp_may: '700' };
    expect(accepted(sent, asSnowplow)).toMatchObject({
      type: 'track',
      name: 'Page Ping',
      properties: { title: 'Home', minX: 0, maxX: 10, minY: 5, maxY: 700 },
    });
  });

  test('a structured event is named by its action', () => {
    const sent = {
      ...base,
      e: 'se',
      se_ca: 'basket',
      se_ac: 'add',
      se_la: 'sku-1',
      se_pr: 'pcs',
      se_va: '2.5',
    };
    expect(accepted(sent, asSnowplow)).toMatchObject({
      name: 'add',
      properties: { category: 'basket', label: 'sku-1', property: 'pcs', value: 2.5 },
    });
  });

  test('a self-describing event is named by its schema, in Base64 or plain', () => {
    const schema = 'iglu:com.acme/button_click/jsonschema/1-0-0';
    const expected = { name: 'button_click', properties: { label: 'grün', schema } };
    expect(accepted(selfDescribing(schema, { label: 'grün' }), asSnowplow)).toMatchObject(expected);
    const plain = { ...base, e: 'ue', ue_pr: JSON.stringify({ data: { schema, data: { label: 'grün' } } }) };
    expect(accepted(plain, asSnowplow)).toMatchObject(expected);
  });

  test('a transaction of its e-commerce schemas is an order, whose entities are its order, products and customer', () => {
    const entities = [
      {
        schema: `${ecommerce}/transaction/jsonschema/1-0-0`,
        data: { transaction_id: '17', revenue: 12.5, currency: 'EUR', payment_method: 'card' },
      },
      {
        schema: `${ecommerce}/product/jsonschema/1-0-0`,
        data: { id: 'sku-1', price: 12.5, currency: 'EUR' },
      },
      { schema: `${ecommerce}/user/jsonschema/1-0-0`, data: { id: 'u1', email: 'u1@example.org' } },
    ];
    const action = `${ecommerce}/snowplow_ecommerce_action/jsonschema/1-0-2`;
    const sent = selfDescribing(action, { type: 'transaction' }, entities);
    expect(accepted(sent, asSnowplow)).toMatchObject({
      name: 'Order Completed',
      properties: {
        order_id: '17',
        revenue: 12.5,
        currency: 'EUR',
        payment_method: 'card',
        products: [{ product_id: 'sku-1', price: 12.5 }],
      },
    });
    expect(identifiersOf(sent, asSnowplow)).toEqual([
      'user_id:u1',
      'email:u1@example.org',
      'anonymous_id:visitor',
      'order_id:17',
    ]);
    const refund = selfDescribing(action, { type: 'refund' }, [
      {
        schema: `${ecommerce}/refund/jsonschema/1-0-0`,
        data: { transaction_id: '17', refund_amount: 5, currency: 'EUR' },
      },
    ]);
    expect(accepted(refund, asSnowplow)).toMatchObject({
      name: 'Order Refunded',
      properties: { order_id: '17', revenue: 5 },
    });
    const unknown = selfDescribing(action, { type: 'trns_error' });
    expect(accepted(unknown, asSnowplow).name).toBe('snowplow_ecommerce_action');
  });

  test('an order of the older protocol counts once, its items beside it', () => {
    const order = { ...base, e: 'tr', tr_id: '17', tr_tt: '12.50', tr_cu: 'EUR' };
    expect(accepted(order, asSnowplow)).toMatchObject({
      name: 'Order Completed',
      properties: { order_id: '17', revenue: 12.5, currency: 'EUR' },
    });
    expect(identifiersOf(order, asSnowplow)).toContain('order_id:17');
    const line = { ...base, e: 'ti', ti_id: '17', ti_sk: 'sku-1', ti_qu: '2' };
    expect(accepted(line, asSnowplow)).toMatchObject({ name: 'Order Item', properties: { quantity: 2 } });
    expect(identifiersOf(line, asSnowplow)).toEqual(['anonymous_id:visitor']);
  });

  test("happened when the device says, corrected by the device's error, unless its time is a true one", () => {
    const threeHours = 3 * 3_600_000;
    const now = Date.parse(receivedAt);
    const late = { ...base, e: 'pv', dtm: String(now - threeHours), stm: String(now - threeHours) };
    expect(accepted(late, asSnowplow).occurredAt).toBe(receivedAt);
    const exact = { ...late, ttm: '1772357400000' };
    expect(accepted(exact, asSnowplow).occurredAt).toBe('2026-03-01T09:30:00.000Z');
  });

  test.each([
    ['e', { e: 'xx' }],
    ['e', { e: undefined }],
    ['dtm', { dtm: 'yesterday' }],
    ['dtm', { dtm: '99999999999999999' }],
    ['ttm', { ttm: '1.5' }],
    ['co', { co: '{' }],
    ['co', { co: '{"data":[{}]}' }],
    ['cx', { cx: '%%%' }],
    ['ue_pr', { e: 'ue' }],
    ['ue_px', { e: 'ue', ue_px: 'bm90IGpzb24' }],
    ['ue_pr', { e: 'ue', ue_pr: `{"data":${'['.repeat(6_000)}` }],
    ['ue_pr', { e: 'ue', ue_pr: '{"data":{"schema":"not iglu","data":{}}}' }],
  ])('without a valid %s is rejected: %#', (field, changes) => {
    expect(rejected({ ...base, e: 'pv', ...changes }, asSnowplow)).toMatchObject({
      code: 'invalid_field',
      field,
    });
  });

  test('cannot carry a number that JSON loses, nor a key that reaches a prototype', () => {
    const schema = 'iglu:com.acme/button_click/jsonschema/1-0-0';
    const withData = (json: string) => ({
      ...base,
      e: 'ue',
      ue_pr: `{"data":{"schema":"${schema}","data":${json}}}`,
    });
    expect(rejected(withData('{"n":1e400}'), asSnowplow)).toMatchObject({
      code: 'invalid_number',
      field: 'properties.n',
    });
    expect(rejected(withData('{"__proto__":{"x":1}}'), asSnowplow)).toMatchObject({ code: 'forbidden_key' });
  });
});
