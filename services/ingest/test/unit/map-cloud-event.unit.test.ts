import { describe, expect, test } from 'vitest';
import { mapCloudEvent } from '../../src/core/protocols/map-cloud-event.ts';
import { accepted, identifiersOf, rejected } from './item-decisions.ts';

const asCloudEvent = { mapItem: mapCloudEvent };
const event = (changes: object = {}) => ({
  specversion: '1.0',
  id: '7',
  source: '/orders',
  type: 'com.shop.order.placed',
  data: { userId: 'u1', total: 5 },
  ...changes,
});

describe('a CloudEvent', () => {
  test('is a track call of its type, with its data as properties and its attributes in the context', () => {
    const touchpoint = accepted(event({ subject: '17', time: '2026-03-01T09:30:00Z' }), asCloudEvent);
    expect(touchpoint).toMatchObject({
      id: '/orders 7',
      type: 'track',
      name: 'com.shop.order.placed',
      occurredAt: '2026-03-01T09:30:00.000Z',
      identifiers: [{ type: 'user_id', value: 'u1' }],
      properties: { total: 5 },
      context: { cloudEvent: { source: '/orders', subject: '17' } },
    });
  });

  test('of type throughline.<type> carries a touchpoint as its data', () => {
    const data = {
      event: 'Order Completed',
      anonymousId: 'a1',
      properties: { order_id: '17', revenue: 5 },
      context: { locale: 'de' },
      sentiment: 0.5,
    };
    const sent = event({ type: 'throughline.track', data });
    expect(accepted(sent, asCloudEvent)).toMatchObject({
      id: '/orders 7',
      type: 'track',
      name: 'Order Completed',
      sentiment: 0.5,
      context: { locale: 'de', cloudEvent: { source: '/orders' } },
    });
    expect(identifiersOf(sent, asCloudEvent)).toEqual(['anonymous_id:a1', 'order_id:17']);
    const identify = event({ type: 'throughline.identify', data: { traits: { email: 'a@example.org' } } });
    expect(identifiersOf(identify, asCloudEvent)).toEqual(['email:a@example.org']);
  });

  test('names the person by extension attributes, and by its data before them', () => {
    const named = event({ userid: 'extension', anonymousid: 'a1', data: { total: 5 } });
    expect(identifiersOf(named, asCloudEvent)).toEqual(['user_id:extension', 'anonymous_id:a1']);
    const own = event({ type: 'throughline.page', userid: 'extension', data: { userId: 'data' } });
    expect(identifiersOf(own, asCloudEvent)).toEqual(['user_id:data']);
  });

  test('is another one with the same id from another source, also where both are long', () => {
    expect(accepted(event({ source: '/returns' }), asCloudEvent).id).toBe('/returns 7');
    const long = accepted(event({ source: `/${'x'.repeat(100)}` }), asCloudEvent);
    expect(long.id).toBe('digest of 103');
  });

  test('keeps data that is no object, and reads JSON from Base64', () => {
    expect(accepted(event({ data: [1], userid: 'u' }), asCloudEvent).properties).toEqual({ data: [1] });
    expect(accepted(event({ data: undefined, userid: 'u' }), asCloudEvent).properties).toEqual({});
    const encoded = { data: undefined, data_base64: Buffer.from('{"userId":"ü"}').toString('base64') };
    expect(identifiersOf(event(encoded), asCloudEvent)).toEqual(['user_id:ü']);
    const image = { datacontenttype: 'image/png', data_base64: 'AAEC', data: undefined, userid: 'u' };
    expect(accepted(event(image), asCloudEvent).properties).toEqual({ data_base64: 'AAEC' });
  });

  test.each([
    ['specversion', { specversion: '0.3' }],
    ['specversion', { specversion: undefined }],
    ['id', { id: '' }],
    ['id', { id: 7 }],
    ['source', { source: undefined }],
    ['type', { type: null }],
    ['data', { type: 'throughline.track', data: 'text' }],
    ['data_base64', { data: undefined, data_base64: '{}' }],
    ['data_base64', { data: undefined, data_base64: Buffer.from([0xff]).toString('base64') }],
    ['data_base64', { data: undefined, data_base64: 5 }],
    ['context', { data: { userId: 'u', context: 5 } }],
  ])('without a valid %s is rejected: %#', (field, changes) => {
    expect(rejected(event(changes), asCloudEvent)).toMatchObject({ code: 'invalid_field', field });
  });
});
