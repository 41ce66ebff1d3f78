import { describe, expect, test } from 'vitest';
import { accepted, rejected, track } from './item-decisions.ts';

describe('identifiers', () => {
  test('are normalized, distinct and strongest first', () => {
    const item = {
      ...track,
      type: 'identify',
      anonymousId: ' a1 ',
      traits: { email: 'Ada@Example.org', phone: '+49 (30) 1', loyalty_id: 42 },
      identifiers: [
        { type: 'device_id', value: 'd1' },
        { type: 'external.crm', value: 'c1' },
        { type: 'email', value: 'ada@example.org', original: 'Ada@Example.org' },
      ],
    };
    const touchpoint = accepted(item);
    expect(touchpoint.identifiers).toEqual([
      { type: 'user_id', value: 'u1' },
      { type: 'loyalty_id', value: '42' },
      { type: 'email', value: 'ada@example.org', original: 'Ada@Example.org' },
      { type: 'phone', value: '+49301', original: '+49 (30) 1' },
      { type: 'external.crm', value: 'c1' },
      { type: 'device_id', value: 'd1' },
      { type: 'anonymous_id', value: 'a1' },
    ]);
    expect(touchpoint.warnings).toEqual(['identifier_number_as_text']);
  });

  test('come from the traits of identify and of the context, never from properties', () => {
    const properties = { email: 'p@example.org', phone: '1', loyalty_id: 'l' };
    expect(accepted({ ...track, properties }).identifiers).toHaveLength(1);
    expect(accepted({ ...track, traits: { email: 'p@example.org' } }).identifiers).toHaveLength(1);
    const remembered = accepted({ ...track, context: { traits: { email: 'c@example.org' } } });
    expect(remembered.identifiers[1]).toEqual({ type: 'email', value: 'c@example.org' });
    const group = { ...track, type: 'group', groupId: 'g', traits: { email: 'office@example.org' } };
    expect(accepted(group).identifiers).toHaveLength(1);
  });

  test('include the order of order and checkout events only', () => {
    const order = { ...track, event: 'Order Completed', properties: { order_id: 'o1', revenue: -1 } };
    expect(accepted(order).identifiers).toEqual([
      { type: 'user_id', value: 'u1' },
      { type: 'order_id', value: 'o1' },
    ]);
    expect(accepted({ ...order, event: 'Seen' }).identifiers).toHaveLength(1);
  });

  test('of an alias are its two ids, which it keeps apart from a mere mention', () => {
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

  test.each([null, '', '  '])('are absent when %j', (userId) => {
    expect(accepted({ ...track, userId, anonymousId: 'a' }).identifiers).toEqual([
      { type: 'anonymous_id', value: 'a' },
    ]);
    expect(rejected({ ...track, userId })).toMatchObject({ code: 'missing_identifier' });
  });

  test.each([
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

  test.each(['null', 'undefined', 'None', 'NaN', '[object Object]', '0', 'guest', '"null"'])(
    '%s is kept with a warning',
    (userId) => {
      const touchpoint = accepted({ ...track, userId });
      expect(touchpoint.identifiers).toEqual([{ type: 'user_id', value: userId }]);
      expect(touchpoint.warnings).toEqual(['identifier_blocked']);
    },
  );

  test('are at most twenty', () => {
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

  test.each([
    [[{ type: 'shoe_size', value: '42' }], 'invalid_field', 'identifiers[0].type'],
    [[{ type: 'external.', value: '42' }], 'invalid_field', 'identifiers[0].type'],
    [['u1'], 'invalid_field', 'identifiers[0].type'],
    ['u1', 'invalid_field', 'identifiers'],
    [[{ type: 'user_id', value: {} }], 'identifier_invalid_type', 'identifiers[0].value'],
    [[{ type: 'order_id.berlin', value: '1' }], 'invalid_field', 'identifiers[0].type'],
  ])('listed as %j are refused', (identifiers, code, field) => {
    expect(rejected({ ...track, identifiers })).toMatchObject({ code, field });
  });

  test.each(['hasOwnProperty', "'; DROP TABLE users", 'constructor', '<script>'])(
    '%s is an ordinary value',
    (userId) => {
      expect(accepted({ ...track, userId }).identifiers).toEqual([{ type: 'user_id', value: userId }]);
    },
  );
});
