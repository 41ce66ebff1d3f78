import { touchpointSchema } from '@throughline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/core/decide-touchpoint.ts';
import { accepted, decide, receivedAt, rejected } from './item-decisions.ts';

const track = {
  type: 'track',
  event: 'Seen',
  userId: 'u1',
  messageId: 'm1',
  timestamp: '2026-11-20T10:00:00Z',
};

describe('an accepted touchpoint', () => {
  it('holds what was sent, the time of receipt and the source of the key', () => {
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
      context: { ip: '203.0.113.1' },
    });
  });

  it('takes its type from the route where the route has one', () => {
    expect(accepted({ ...track, type: 'page', name: 'Home' }, { routeType: 'page' }).type).toBe('page');
    expect(accepted({ ...track, type: undefined }, { routeType: 'track' }).type).toBe('track');
  });

  it('has an id made, with a warning, when the client sent none', () => {
    for (const messageId of [undefined, null, '']) {
      const touchpoint = accepted({ ...track, messageId });
      expect(touchpoint.id).toBe('made-by-the-server');
      expect(touchpoint.warnings).toEqual(['id_made']);
    }
  });

  it('keeps the frame of experience', () => {
    const frame = {
      channel: 'store',
      owner: 'brand',
      mediaType: 'owned',
      sentiment: -0.5,
      responses: ['affective'],
      qualities: { warmth: 3 },
      situation: { weather: 'rain' },
    };
    expect(accepted({ ...track, ...frame })).toMatchObject(frame);
  });

  it('never fails for a frame in the dialect of clients that mean something else by it', () => {
    const item = { ...track, sentiment: 'good' };
    expect(rejected(item)).toMatchObject({ code: 'invalid_field', field: 'sentiment' });
    expect(accepted(item, { dialect: 'segment' }).warnings).toEqual(['frame_ignored']);
  });
});

describe('identifiers', () => {
  it('are normalized, distinct and strongest first', () => {
    const item = {
      ...track,
      type: 'identify',
      anonymousId: ' a1 ',
      traits: { email: 'Ada@Example.org', phone: '+49 (30) 1', loyalty_id: 42 },
      identifiers: [
        { type: 'device_id', value: 'd1' },
        { type: 'external.crm', value: 'c1' },
        { type: 'email', value: 'ada@example.org' },
      ],
    };
    const touchpoint = accepted(item);
    expect(touchpoint.identifiers).toEqual([
      { type: 'user_id', value: 'u1' },
      { type: 'loyalty_id', value: '42' },
      { type: 'email', value: 'ada@example.org' },
      { type: 'phone', value: '+49301' },
      { type: 'external.crm', value: 'c1' },
      { type: 'device_id', value: 'd1' },
      { type: 'anonymous_id', value: 'a1' },
    ]);
    expect(touchpoint.warnings).toEqual(['identifier_number_as_text']);
  });

  it('come from the traits of identify and of the context, never from properties', () => {
    const properties = { email: 'p@example.org', phone: '1', loyalty_id: 'l' };
    expect(accepted({ ...track, properties }).identifiers).toHaveLength(1);
    expect(accepted({ ...track, traits: { email: 'p@example.org' } }).identifiers).toHaveLength(1);
    const remembered = accepted({ ...track, context: { traits: { email: 'c@example.org' } } });
    expect(remembered.identifiers[1]).toEqual({ type: 'email', value: 'c@example.org' });
    const group = { ...track, type: 'group', groupId: 'g', traits: { email: 'office@example.org' } };
    expect(accepted(group).identifiers).toHaveLength(1);
  });

  it('include the order of order and checkout events only', () => {
    const order = { ...track, event: 'Order Completed', properties: { order_id: 'o1', revenue: -1 } };
    expect(accepted(order).identifiers).toEqual([
      { type: 'user_id', value: 'u1' },
      { type: 'order_id', value: 'o1' },
    ]);
    expect(accepted({ ...order, event: 'Seen' }).identifiers).toHaveLength(1);
  });

  it('of an alias are its two ids, which it keeps apart from a mere mention', () => {
    const alias = { type: 'alias', userId: 'new', previousId: 'old', messageId: 'm' };
    const touchpoint = accepted(alias);
    expect(touchpoint.identifiers).toEqual([
      { type: 'user_id', value: 'new' },
      { type: 'user_id', value: 'old' },
    ]);
    expect(touchpoint.properties).toEqual({ userId: 'new', previousId: 'old' });
    expect(rejected({ ...alias, previousId: '' })).toMatchObject({
      code: 'missing_field',
      field: 'previousId',
    });
  });

  it.each([null, '', '  '])('are absent when %j', (userId) => {
    expect(accepted({ ...track, userId, anonymousId: 'a' }).identifiers).toEqual([
      { type: 'anonymous_id', value: 'a' },
    ]);
    expect(rejected({ ...track, userId })).toMatchObject({ code: 'missing_identifier' });
  });

  it.each([
    ['x'.repeat(201), 'identifier_too_long'],
    [1.5, 'identifier_invalid_type'],
    [2 ** 53 - 1 + 0.5, 'invalid_number'],
    [true, 'identifier_invalid_type'],
    [['u'], 'identifier_invalid_type'],
    [{ id: 'u' }, 'identifier_invalid_type'],
    ['u\u0000', 'identifier_invalid_characters'],
    ['u\ud800', 'identifier_invalid_characters'],
    ['u\u202e', 'identifier_invalid_characters'],
    ['u\u200b', 'identifier_invalid_characters'],
  ])('%j is refused with %s', (userId, code) => {
    expect(rejected({ ...track, userId })).toMatchObject({ code, field: 'userId' });
  });

  it.each(['null', 'undefined', 'None', 'NaN', '[object Object]', '0', 'guest', '"null"'])(
    '%s is kept with a warning',
    (userId) => {
      const touchpoint = accepted({ ...track, userId });
      expect(touchpoint.identifiers).toEqual([{ type: 'user_id', value: userId }]);
      expect(touchpoint.warnings).toEqual(['identifier_blocked']);
    },
  );

  it('are at most twenty', () => {
    const identifiers = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ type: 'external.crm', value: `c${index}` }));
    expect(accepted({ ...track, identifiers: identifiers(19) }).identifiers).toHaveLength(20);
    expect(rejected({ ...track, identifiers: identifiers(20) })).toMatchObject({
      code: 'too_many_identifiers',
    });
    expect(rejected({ ...track, identifiers: identifiers(5_00) })).toMatchObject({
      code: 'too_many_identifiers',
    });
  });

  it.each([
    [[{ type: 'shoe_size', value: '42' }], 'invalid_field', 'identifiers[0].type'],
    [[{ type: 'external.', value: '42' }], 'invalid_field', 'identifiers[0].type'],
    [['u1'], 'invalid_field', 'identifiers[0].type'],
    ['u1', 'invalid_field', 'identifiers'],
    [[{ type: 'user_id', value: {} }], 'identifier_invalid_type', 'identifiers[0].value'],
    [[{ type: 'order_id.berlin', value: '1' }], 'invalid_field', 'identifiers[0].type'],
  ])('listed as %j are refused', (identifiers, code, field) => {
    expect(rejected({ ...track, identifiers })).toMatchObject({ code, field });
  });

  it.each(['hasOwnProperty', "'; DROP TABLE users", 'constructor', '<script>'])(
    '%s is an ordinary value',
    (userId) => {
      expect(accepted({ ...track, userId }).identifiers).toEqual([{ type: 'user_id', value: userId }]);
    },
  );
});

describe('time', () => {
  const at = (changes: object) => accepted({ ...track, ...changes });

  it.each([
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

  it.each([
    ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20t10:00:00.123456z', '2026-11-20T10:00:00.123Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00-0330', '2024-02-29T03:30:00.000Z'],
    ['1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000Z'],
  ])('%s is %s', (timestamp, occurredAt) => {
    expect(at({ timestamp }).occurredAt).toBe(occurredAt);
  });

  it('is that of receipt when none is given', () => {
    expect(at({ timestamp: undefined }).occurredAt).toBe(receivedAt);
    expect(at({ timestamp: null }).occurredAt).toBe(receivedAt);
  });

  it('may be called originalTimestamp or occurredAt', () => {
    for (const field of ['originalTimestamp', 'occurredAt']) {
      const touchpoint = at({ timestamp: undefined, [field]: '2026-11-01T00:00:00Z' });
      expect(touchpoint.occurredAt).toBe('2026-11-01T00:00:00.000Z');
    }
  });

  it('more than a day ahead is clamped to receipt and flagged', () => {
    expect(at({ timestamp: '2026-11-22T12:00:00.001Z' })).toMatchObject({
      occurredAt: receivedAt,
      warnings: ['time_clamped'],
    });
    expect(at({ timestamp: '2026-11-22T12:00:00.000Z' })).toMatchObject({
      occurredAt: '2026-11-22T12:00:00.000Z',
    });
  });

  it('is corrected by a skew of hours, not by one of seconds, nor by one of days', () => {
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
  it.each([
    ['{"v":1e400}', 'properties.v'],
    ['{"a":[1,{"b":-1e100000}]}', 'properties.a[1].b'],
    ['{"v":9007199254740993}', 'properties.v'],
  ])('%s is refused and named', (properties, field) => {
    const item = { ...track, properties: JSON.parse(properties) as unknown };
    expect(rejected(item)).toMatchObject({ code: 'invalid_number', field });
  });

  it('minus zero is zero', () => {
    const decision = decide({ ...track, properties: { v: -0 } });
    expect(JSON.stringify(decision)).toContain('"v":0');
    expect(decision.ok && decision.canonicalBody).toContain('"v":0');
  });

  it('revenue is a number, by digits at least', () => {
    const revenue = (value: unknown) => ({ ...track, properties: { revenue: value } });
    expect(rejected(revenue('12,5'))).toMatchObject({ code: 'invalid_field', field: 'properties.revenue' });
    expect(rejected(revenue([1]))).toMatchObject({ code: 'invalid_field', field: 'properties.revenue' });
    for (const value of [-1, 12.5, '12.5', null]) expect(decide(revenue(value)).ok).toBe(true);
  });

  it('with U+0000 or half a surrogate pair are repaired, keys too, and flagged', () => {
    const item = { ...track, event: 'a\u0000b', properties: { 'k\u0000': 'v\ud800', list: ['\udc00'] } };
    expect(accepted(item)).toMatchObject({
      name: 'a\ufffdb',
      properties: { 'k\ufffd': 'v\ufffd', list: ['\ufffd'] },
      warnings: ['text_repaired'],
    });
  });

  it.each(['😀', 'Ω≈ç√∫˜µ', '<img src=x onerror=alert(1)>', '\u202etest', '"\\', '١٢٣'])(
    '%s comes through unchanged',
    (text) => {
      expect(accepted({ ...track, properties: { text } }).properties).toEqual({ text });
    },
  );

  it('too large are refused, one string or the item', () => {
    const long = { ...track, properties: { note: 'x'.repeat(32 * 1024 + 1) } };
    expect(rejected(long)).toMatchObject({ code: 'property_too_large', field: 'properties.note' });
    const wide = { ...track, properties: { a: 'x'.repeat(20_000), b: 'x'.repeat(20_000) } };
    expect(rejected(wide)).toMatchObject({ code: 'item_too_large', field: '' });
    const bytes = { ...track, properties: { a: '€'.repeat(8_000), b: '€'.repeat(4_000) } };
    expect(rejected(bytes)).toMatchObject({ code: 'item_too_large' });
  });

  it.each([
    ['properties', [1]],
    ['context', 'x'],
    ['traits', 5],
    ['event', 5],
    ['event', 'x'.repeat(201)],
    ['channel', 'x'.repeat(51)],
    ['owner', 'stranger'],
    ['sentiment', 2],
    ['responses', ['none']],
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
  it.each([
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

  it.each([
    ['nesting_too_deep', { ...track, properties: nested(64) }],
    ['nesting_too_deep', [[[nested(62)]]]],
    ['too_many_keys', { ...track, properties: keys(5_001) }],
    ['forbidden_key', JSON.parse('{"properties":{"__proto__":{"x":1}}}')],
    ['forbidden_key', JSON.parse('{"properties":{"\\u005f_proto__":1}}')],
    ['forbidden_key', { properties: { constructor: { prototype: {} } } }],
  ] as [string, unknown][])('is rejected with %s: %#', (code, item) => {
    expect(rejected(item)).toMatchObject({ code, field: '' });
  });

  it('keeps its id, by which its sender finds it', () => {
    expect(decide({ ...track, messageId: 'deep', properties: nested(64) })).toMatchObject({ id: 'deep' });
  });

  it('is a matter of the item alone, however deep it lies in its request', () => {
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

  it('is the same for every attempt to deliver an item', () => {
    const first = bodyOf({ ...track, sentAt: '2026-11-21T12:00:00Z' });
    expect(
      bodyOf({ ...track, sentAt: '2026-11-21T12:05:00Z', _metadata: { retryCount: 1 }, writeKey: 'w' }),
    ).toBe(first);
    expect(bodyOf(Object.fromEntries(Object.entries(track).toReversed()))).toBe(first);
  });

  it('differs when the item says something else', () => {
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

  it('it decides, and what it accepts is a touchpoint of the contract that it accepts again unchanged', () => {
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
