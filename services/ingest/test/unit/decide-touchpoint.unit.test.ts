import { touchpointSchema } from '@throughline/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/core/decide-touchpoint.ts';
import { accepted, decide, receivedAt, rejected, track } from './item-decisions.ts';

describe('an accepted touchpoint', () => {
  test('holds what was sent, the time of receipt and the source of the key', () => {
    const item = {
      ...track,
      source: 'forged',
      properties: { colour: 'red' },
      context: { ip: '203.0.113.1' },
    };
    expect(accepted(item)).toEqual({
      id: 'm1',
      source: 'website',
      type: 'track',
      name: 'Seen',
      occurredAt: '2026-11-20T10:00:00.000Z',
      receivedAt,
      identifiers: [{ type: 'user_id', value: 'u1' }],
      properties: { colour: 'red' },
      context: { ip: '203.0.113.0' },
    });
  });

  test('takes its type from the route where the route has one', () => {
    expect(accepted({ ...track, type: 'page', name: 'Home' }, { routeType: 'page' }).type).toBe('page');
    expect(accepted({ ...track, type: undefined }, { routeType: 'track' }).type).toBe('track');
  });

  test('has an id made, with a warning, when the client sent none', () => {
    for (const messageId of [undefined, null, '']) {
      const touchpoint = accepted({ ...track, messageId });
      expect(touchpoint.id).toBe('made-by-the-server');
      expect(touchpoint.warnings).toEqual(['id_made']);
    }
  });

  test('keeps the frame of experience', () => {
    const frame = {
      channel: 'store',
      owner: 'brand',
      mediaType: 'owned',
      initiator: 'customer',
      kind: 'human',
      handledBy: 'clerk 7',
      sentiment: -0.5,
      responses: ['affective'],
      qualities: { warmth: 3 },
      situation: { weather: 'rain' },
    };
    expect(accepted({ ...track, ...frame })).toMatchObject(frame);
  });

  test('keeps how strong each response was', () => {
    const responses = { affective: 0.8, sensorial: 0 };
    expect(accepted({ ...track, responses })).toMatchObject({ responses });
  });

  test('never fails for a frame in the dialect of clients that mean something else by it', () => {
    const item = { ...track, sentiment: 'good' };
    expect(rejected(item)).toMatchObject({ code: 'invalid_field', field: 'sentiment' });
    expect(accepted(item, { dialect: 'segment' }).warnings).toEqual(['frame_ignored']);
  });
});

describe('time', () => {
  const at = (changes: object) => accepted({ ...track, ...changes });

  test.each([
    '2026-11-20T10:00:00',
    '2026-02-30T10:00:00Z',
    '+275760-09-13T00:00:00.000Z',
    '275760-09-13T00:00:00Z',
    'yesterday',
    1_700_000_000,
    '2026-13-01T00:00:00Z',
    '2026-11-20T25:00:00Z',
    '0001-01-01T00:00:00Z',
    '2026-11-20',
    {},
  ])('%j is refused', (timestamp) => {
    expect(rejected({ ...track, timestamp })).toMatchObject({ code: 'invalid_time', field: 'timestamp' });
  });

  test.each([
    ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20t10:00:00.123456z', '2026-11-20T10:00:00.123Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00-0330', '2024-02-29T03:30:00.000Z'],
    ['1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000Z'],
  ])('%s is %s', (timestamp, occurredAt) => {
    expect(at({ timestamp }).occurredAt).toBe(occurredAt);
  });

  test('is that of receipt when none is given', () => {
    expect(at({ timestamp: undefined }).occurredAt).toBe(receivedAt);
    expect(at({ timestamp: null }).occurredAt).toBe(receivedAt);
  });

  test('may be called originalTimestamp or occurredAt', () => {
    for (const field of ['originalTimestamp', 'occurredAt']) {
      const touchpoint = at({ timestamp: undefined, [field]: '2026-11-01T00:00:00Z' });
      expect(touchpoint.occurredAt).toBe('2026-11-01T00:00:00.000Z');
    }
  });

  test('more than a day ahead is clamped to receipt and flagged', () => {
    expect(at({ timestamp: '2026-11-22T12:00:00.001Z' })).toMatchObject({
      occurredAt: receivedAt,
      warnings: ['time_clamped'],
    });
    expect(at({ timestamp: '2026-11-22T12:00:00.000Z' })).toMatchObject({
      occurredAt: '2026-11-22T12:00:00.000Z',
    });
  });

  test('is corrected by a skew of hours, not by one of seconds, nor by one of days', () => {
    const timestamp = '2026-11-21T08:00:00.000Z';
    expect(at({ timestamp, sentAt: '2026-11-21T09:00:00.000Z' })).toMatchObject({
      occurredAt: '2026-11-21T11:00:00.000Z',
      warnings: ['time_corrected'],
    });
    expect(at({ timestamp, sentAt: '2026-11-21T11:59:00.000Z' }).occurredAt).toBe(timestamp);
    expect(at({ timestamp, sentAt: '2026-11-20T12:00:00.000Z' }).occurredAt).toBe(timestamp);
    expect(at({ timestamp, sentAt: 'soon' })).toMatchObject({
      occurredAt: timestamp,
      warnings: ['sent_at_ignored'],
    });
  });
});

describe('values', () => {
  test.each([
    ['{"v":1e400}', 'properties.v'],
    ['{"a":[1,{"b":-1e100000}]}', 'properties.a[1].b'],
    ['{"v":9007199254740993}', 'properties.v'],
  ])('%s is refused and named', (properties, field) => {
    const item = { ...track, properties: JSON.parse(properties) as unknown };
    expect(rejected(item)).toMatchObject({ code: 'invalid_number', field });
  });

  test('minus zero is zero', () => {
    const decision = decide({ ...track, properties: { v: -0 } });
    expect(JSON.stringify(decision)).toContain('"v":0');
    expect(decision.ok && decision.canonicalBody).toContain('"v":0');
  });

  test('revenue is a number, by digits at least', () => {
    const revenue = (value: unknown) => ({ ...track, properties: { revenue: value } });
    expect(rejected(revenue('12,5'))).toMatchObject({ code: 'invalid_field', field: 'properties.revenue' });
    expect(rejected(revenue([1]))).toMatchObject({ code: 'invalid_field', field: 'properties.revenue' });
    for (const value of [-1, 12.5, '12.5', null]) expect(decide(revenue(value)).ok).toBe(true);
  });

  test('with U+0000 or half a surrogate pair are repaired, keys too, and flagged', () => {
    const item = { ...track, event: 'a\u0000b', properties: { 'k\u0000': 'v\ud800', list: ['\udc00'] } };
    expect(accepted(item)).toMatchObject({
      name: 'a\ufffdb',
      properties: { 'k\ufffd': 'v\ufffd', list: ['\ufffd'] },
      warnings: ['text_repaired'],
    });
  });

  test.each(['😀', 'Ω≈ç√∫˜µ', '<img src=x onerror=alert(1)>', '\u202etest', '"\\', '١٢٣'])(
    '%s comes through unchanged',
    (text) => {
      expect(accepted({ ...track, properties: { text } }).properties).toEqual({ text });
    },
  );

  test('too large are refused, one string or the item', () => {
    const long = { ...track, properties: { note: 'x'.repeat(32 * 1024 + 1) } };
    expect(rejected(long)).toMatchObject({ code: 'property_too_large', field: 'properties.note' });
    const wide = { ...track, properties: { a: 'x'.repeat(20_000), b: 'x'.repeat(20_000) } };
    expect(rejected(wide)).toMatchObject({ code: 'item_too_large', field: '' });
    const bytes = { ...track, properties: { a: '€'.repeat(8_000), b: '€'.repeat(4_000) } };
    expect(rejected(bytes)).toMatchObject({ code: 'item_too_large' });
  });

  test.each([
    ['properties', [1]],
    ['context', 'x'],
    ['traits', 5],
    ['event', 5],
    ['event', 'x'.repeat(201)],
    ['channel', 'x'.repeat(51)],
    ['owner', 'stranger'],
    ['sentiment', 2],
    ['initiator', 'both'],
    ['kind', 'robot'],
    ['handledBy', 'x'.repeat(101)],
    ['responses', ['none']],
    ['responses', { none: 1 }],
    ['responses', { affective: 1.1 }],
    ['qualities', [1]],
    ['messageId', 'x'.repeat(101)],
    ['messageId', 'a\u0000'],
    ['messageId', {}],
  ])('of the wrong shape are refused by name: %s = %j', (field, value) => {
    const rejection = rejected({ ...track, [field]: value });
    expect(rejection.code).toBe('invalid_field');
    expect(rejection.field.split('.')[0]).toBe(field);
    expect(rejection.expected).not.toBe('');
  });
});

describe('what is missing', () => {
  test.each([
    [{ ...track, event: undefined }, 'missing_field', 'event'],
    [{ ...track, event: ' ' }, 'missing_field', 'event'],
    [{ ...track, type: undefined }, 'missing_field', 'type'],
    [{ ...track, type: 'dance' }, 'unknown_type', 'type'],
    [{ ...track, type: 5 }, 'unknown_type', 'type'],
    ['x', 'item_not_object', ''],
    [null, 'item_not_object', ''],
    [[], 'item_not_object', ''],
  ])('is named: %j', (item, code, field) => {
    expect(rejected(item)).toMatchObject({ code, field });
  });
});

describe('an item that no reader could carry', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
  const keys = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));

  test.each([
    ['nesting_too_deep', { ...track, properties: nested(64) }],
    ['nesting_too_deep', [[[nested(62)]]]],
    ['too_many_keys', { ...track, properties: keys(5_001) }],
    ['forbidden_key', JSON.parse('{"properties":{"__proto__":{"x":1}}}')],
    ['forbidden_key', JSON.parse('{"properties":{"\\u005f_proto__":1}}')],
    ['forbidden_key', { properties: { constructor: { prototype: {} } } }],
  ] as [string, unknown][])('is rejected with %s: %#', (code, item) => {
    expect(rejected(item)).toMatchObject({ code, field: '' });
  });

  test('keeps its id, by which its sender finds it', () => {
    expect(decide({ ...track, messageId: 'deep', properties: nested(64) })).toMatchObject({ id: 'deep' });
  });

  test('is a matter of the item alone, however deep it lies in its request', () => {
    expect(decide({ ...track, properties: nested(63) }).ok).toBe(true);
    expect(decide({ ...track, properties: { constructor: 'Bob the builder' } }).ok).toBe(true);
    const order = { products: Array.from({ length: 140 }, () => keys(15)) };
    expect(decide({ ...track, properties: order }).ok).toBe(true);
  });
});

describe('the canonical body', () => {
  const bodyOf = (item: object) => {
    const decision = decide(item);
    return decision.ok ? decision.canonicalBody : null;
  };

  test('is the same for every attempt to deliver an item', () => {
    const first = bodyOf({ ...track, sentAt: '2026-11-21T12:00:00Z' });
    expect(
      bodyOf({ ...track, sentAt: '2026-11-21T12:05:00Z', _metadata: { retryCount: 1 }, writeKey: 'w' }),
    ).toBe(first);
    expect(bodyOf(Object.fromEntries(Object.entries(track).toReversed()))).toBe(first);
  });

  test('differs when the item says something else', () => {
    expect(bodyOf({ ...track, properties: { a: 1 } })).not.toBe(bodyOf({ ...track, properties: { a: 2 } }));
  });
});

describe('for any JSON', () => {
  const fields = fc.record(
    {
      type: fc.oneof(
        fc.constantFrom('track', 'identify', 'page', 'alias', 'group', 'receipt'),
        fc.jsonValue(),
      ),
      event: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      userId: fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.jsonValue()),
      anonymousId: fc.oneof(fc.string(), fc.jsonValue()),
      previousId: fc.string(),
      messageId: fc.oneof(fc.uuid(), fc.jsonValue()),
      timestamp: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.jsonValue(),
      ),
      sentAt: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.jsonValue(),
      ),
      traits: fc.oneof(fc.record({ email: fc.emailAddress(), phone: fc.jsonValue() }), fc.jsonValue()),
      properties: fc.jsonValue(),
      context: fc.jsonValue(),
      sentiment: fc.oneof(fc.double(), fc.jsonValue()),
      identifiers: fc.oneof(
        fc.array(fc.record({ type: fc.constantFrom('user_id', 'external.a', 'x'), value: fc.jsonValue() })),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  );

  test('it decides, and what it accepts is a touchpoint of the contract that it accepts again unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(fields, fc.jsonValue()), fc.constantFrom('native', 'segment'), (sent, dialect) => {
        const item = JSON.parse(JSON.stringify(sent)) as unknown;
        const decision: Decision = decide(item, { dialect: dialect as 'native' });
        expect(decide(item, { dialect: dialect as 'native' })).toEqual(decision);
        if (!decision.ok) return;
        touchpointSchema.parse(JSON.parse(JSON.stringify(decision.touchpoint)));
        // Sent again as it came out, with its identifiers as a list: the same person, time and name.
        const { identifiers, occurredAt, name, id } = decision.touchpoint;
        const again = decide({ type: 'receipt', id, identifiers, occurredAt, name });
        expect(again.ok && again.touchpoint).toMatchObject({ identifiers, occurredAt, name, id });
      }),
      { numRuns: 2_000 },
    );
  });
});
