import { describe, expect, test } from 'vitest';
import { accepted, decide, identifiersOf, receivedAt, rejected } from './item-decisions.ts';

const identify = (traits: object) => ({ type: 'identify', userId: 'u7', messageId: 'm7', traits });

describe('a contact field that holds no contact', () => {
  test.each([
    ['phone', '-'],
    ['phone', '[ ]  /'],
    ['phone', '   '],
    ['phone', '3,3612E+10'],
    ['phone', 'after six'],
    ['phone', 42],
    ['phone', true],
    ['phone', { number: '+4930901820' }],
    ['phone', '+49 30\u202e901820'],
    ['phone', '9'.repeat(300)],
    ['email', ' '],
    ['email', 'ada@'],
    ['email', 'n/a'],
    ['email', ['ada@shop.example']],
    ['email', 'ada\u200b@shop.example'],
    ['loyalty_id', ' '],
    ['loyaltyId', 1.5],
  ])('is kept as a trait, names no one, and costs nothing but a warning: %s = %j', (name, value) => {
    for (const item of [
      identify({ [name]: value, plan: 'gold' }),
      { ...identify({}), type: 'track', event: 'Seen', context: { traits: { [name]: value } } },
    ]) {
      const touchpoint = accepted(item);
      expect(touchpoint.identifiers).toEqual([{ type: 'user_id', value: 'u7' }]);
      expect(touchpoint.warnings).toContain('identifier_blocked');
    }
    expect(accepted(identify({ [name]: value, plan: 'gold' })).traits).toHaveProperty('plan', 'gold');
  });

  test('is no reason for a warning when it is empty', () => {
    expect(accepted(identify({ phone: '', email: null })).warnings).toBeUndefined();
  });

  test('leaves the other one its link', () => {
    expect(identifiersOf(identify({ phone: 'none', email: 'Ada@shop.example' }))).toEqual([
      'user_id:u7',
      'email:ada@shop.example',
    ]);
  });

  test('is a blocked identifier when it has the form of a contact', () => {
    const touchpoint = accepted(identify({ email: 'none@none.com', phone: '11 11 11' }));
    expect(touchpoint.identifiers).toHaveLength(3);
    expect(touchpoint.warnings).toEqual(['identifier_blocked']);
  });

  test('is a contact when the deployment says so', () => {
    const item = identify({ phone: '112' });
    expect(identifiersOf(item)).toEqual(['user_id:u7']);
    expect(identifiersOf(item, { isBlocked: () => false })).toEqual(['user_id:u7', 'phone:112']);
  });
});

test('a listed contact that is none is kept as a blocked identifier, a blank one is absent', () => {
  const listed = (value: string) => ({
    ...identify({}),
    identifiers: [{ type: 'phone', value }],
  });
  expect(identifiersOf(listed('ask the shop'))).toEqual(['user_id:u7', 'phone:asktheshop']);
  expect(accepted(listed('ask the shop')).warnings).toEqual(['identifier_blocked']);
  for (const value of ['', '  ', ' - ']) expect(identifiersOf(listed(value))).toEqual(['user_id:u7']);
});

test('texts that stand for null are kept, with a warning, wherever an id is read from', () => {
  for (const value of ['\\N', '(not set)', '#N/A', '{}']) {
    const item = {
      type: 'track',
      event: 'Order Updated',
      messageId: 'm',
      anonymousId: 'a7',
      userId: value,
      properties: { order_id: value },
      identifiers: [{ type: 'device_id', value }],
    };
    expect(accepted(item).identifiers).toHaveLength(4);
    expect(accepted(item).warnings).toEqual(['identifier_blocked']);
  }
});

describe('an empty list where a map is meant', () => {
  test('is an empty map', () => {
    const item = {
      ...identify([]),
      properties: [],
      context: [],
      qualities: [],
      situation: [],
    };
    const touchpoint = accepted(item);
    for (const field of ['traits', 'properties', 'context', 'qualities', 'situation'])
      expect(touchpoint).not.toHaveProperty(field);
    expect(accepted({ ...identify({}), context: { traits: [] } }).identifiers).toHaveLength(1);
  });

  test('is none when something is in it', () => {
    for (const field of ['traits', 'properties', 'context', 'situation']) {
      expect(rejected({ ...identify({}), [field]: [{}] })).toMatchObject({ code: 'invalid_field' });
    }
  });
});

describe('a time', () => {
  const seen = { type: 'track', event: 'Seen', userId: 'u7', messageId: 'm7' };

  test.each([
    ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00:00+01', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20 10:00:00 UTC', '2026-11-20T10:00:00.000Z'],
  ])('%s is read as databases and programs write it', (timestamp, occurredAt) => {
    expect(accepted({ ...seen, timestamp }).occurredAt).toBe(occurredAt);
  });

  test('with an offset that is none is refused', () => {
    expect(rejected({ ...seen, timestamp: '2026-11-20T10:00:00+27:30' })).toMatchObject({
      code: 'invalid_time',
      field: 'timestamp',
    });
  });

  test.each(['just now', 1_763_719_200, {}, '٢٠٢٦-١١-٢١T١٢:٠٠:٠٠Z', '2026-11-21T12:00:00'])(
    'of sending that cannot be read is left out with a warning: %j',
    (sentAt) => {
      const touchpoint = accepted({ ...seen, timestamp: '2026-11-20T10:00:00Z', sentAt });
      expect(touchpoint.occurredAt).toBe('2026-11-20T10:00:00.000Z');
      expect(touchpoint.warnings).toEqual(['sent_at_ignored']);
      expect(accepted({ ...seen, sentAt })).toMatchObject({
        occurredAt: receivedAt,
        warnings: ['sent_at_ignored'],
      });
    },
  );
});

describe('traits', () => {
  const traits = (count: number, prefix = 't') =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index]));

  test('have names of at most 200 characters', () => {
    expect(decide(identify({ ['n'.repeat(200)]: 1 })).ok).toBe(true);
    const rejection = rejected(identify({ plan: 'gold', ['n'.repeat(201)]: 1 }));
    expect(rejection.code).toBe('trait_name_too_long');
    expect(rejection.field).toBe(`traits.${'n'.repeat(201)}`);
  });

  test('are at most 200, those of the context counted with identify', () => {
    expect(decide(identify(traits(200))).ok).toBe(true);
    expect(rejected(identify(traits(201)))).toMatchObject({ code: 'too_many_traits', field: 'traits' });
    const both = { ...identify(traits(150)), context: { traits: traits(51, 'c') } };
    expect(rejected(both)).toMatchObject({ code: 'too_many_traits' });
    expect(decide({ ...both, context: { traits: traits(50, 'c') } }).ok).toBe(true);
  });

  test('of a group are properties, which have no such limit', () => {
    expect(decide({ ...identify(traits(201)), type: 'group', groupId: 'g' }).ok).toBe(true);
  });
});

describe('an amount', () => {
  const order = (properties: object) => ({
    type: 'track',
    event: 'Order Completed',
    userId: 'u7',
    messageId: 'm7',
    properties,
  });

  test('as text is what metrics reads as one', () => {
    for (const revenue of ['8.40', '-8', '.4', ' 8 ', '', ' '])
      expect(decide(order({ revenue })).ok).toBe(true);
    for (const revenue of ['8,40', '8 EUR', '1.000.000', {}])
      expect(rejected(order({ revenue }))).toMatchObject({ field: 'properties.revenue' });
  });

  test('of an order that stands in for its revenue and cannot be read is warned of', () => {
    expect(accepted(order({ total: '8,40' })).warnings).toEqual(['amount_ignored']);
    expect(accepted(order({ revenue: 8.4, total: '8,40' })).warnings).toBeUndefined();
    expect(accepted(order({ total: 8.4, value: 'high' })).warnings).toBeUndefined();
    expect(accepted({ ...order({ value: 'high' }), event: 'Seen' }).warnings).toBeUndefined();
  });
});
