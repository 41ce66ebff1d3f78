import { describe, expect, test } from 'vitest';
import { minute, resolve, seen } from './small-world.ts';

describe('the attached layer', () => {
  test('does not bridge a family by its tablet', () => {
    const tablet = [
      seen('public', 1, 'user_id:ada device_id:tablet'),
      seen('public', 2, 'user_id:bob device_id:tablet'),
      seen('public', 3, 'email:cyd@example.org device_id:tablet'),
    ];
    const resolved = resolve(tablet);
    expect(resolved.groups).toEqual(['device_id:tablet user_id:ada', 'email:cyd@example.org', 'user_id:bob']);
    expect(resolved.primaryOf(seen('public', 2, 'user_id:bob device_id:tablet'))).toBe('user_id:bob');
  });

  test('gives a guest’s cookie to the first who signs in', () => {
    const resolved = resolve([
      seen('public', 9, 'user_id:abe-late anonymous_id:c1'),
      seen('public', 0, 'anonymous_id:c1', { type: 'page' }),
      seen('public', 4, 'user_id:zed-early anonymous_id:c1'),
    ]);
    expect(resolved.identifiers.get('anonymous_id:c1')?.parent).toBe('user_id:zed-early');
    expect(resolved.profileOf('user_id:zed-early').touchpointCount).toBe(2);
  });

  test('prefers trust, then type, then time', () => {
    const guests = [
      seen('public', 0, 'email:a@example.org device_id:d'),
      seen('public', 5, 'user_id:ada device_id:d'),
    ];
    expect(resolve(guests).identifiers.get('device_id:d')?.parent).toBe('user_id:ada');
    const vouched = [...guests, seen('server', 9, 'phone:+49111 device_id:d')];
    expect(resolve(vouched).identifiers.get('device_id:d')?.parent).toBe('phone:+49111');
  });

  test('infers that a visitor who left an address and then signed in is one person', () => {
    const visitor = [
      seen('public', 1, 'email:ada@example.org anonymous_id:c1'),
      seen('public', 2, 'user_id:ada anonymous_id:c1'),
    ];
    expect(resolve(visitor).groups).toEqual(['anonymous_id:c1 email:ada@example.org user_id:ada']);
    // A second user makes the cookie one that has met two of a type: it infers nothing any more.
    const lent = resolve([...visitor, seen('public', 3, 'user_id:bob anonymous_id:c1')]);
    expect(lent.groups).toEqual(['anonymous_id:c1 user_id:ada', 'email:ada@example.org', 'user_id:bob']);
  });

  test('infers by what a server saw even after a stranger names a second user', () => {
    const resolved = resolve([
      seen('server', 1, 'email:ada@example.org device_id:d'),
      seen('server', 2, 'user_id:ada device_id:d'),
      seen('public', 3, 'user_id:bob device_id:d'),
    ]);
    expect(resolved.groups).toEqual(['device_id:d email:ada@example.org user_id:ada', 'user_id:bob']);
  });

  test('infers at the weaker level and the later time of the two', () => {
    const resolved = resolve([
      seen('server', 1, 'email:home@example.org device_id:d'),
      seen('public', 5, 'user_id:inferred device_id:d'),
      seen('public', 9, 'user_id:direct email:home@example.org'),
    ]);
    // Both are public; the direct one ranks first within the level, though it came later.
    expect(resolved.profileOf('email:home@example.org').id).toBe('user_id:direct');
    expect(resolved.refusal('user_id:inferred', 'email:home@example.org')).toBe('limit');
  });

  test('ranks an inferred link by the later of its two', () => {
    const resolved = resolve([
      seen('server', 1, 'email:home@example.org device_id:d1'),
      seen('server', 9, 'user_id:abe device_id:d1'),
      seen('server', 2, 'email:home@example.org device_id:d2'),
      seen('server', 5, 'user_id:zed device_id:d2'),
    ]);
    expect(resolved.profileOf('email:home@example.org').id).toBe('user_id:zed');
  });

  test('does not count inferred links as met', () => {
    const resolved = resolve([
      seen('server', 1, 'user_id:ada device_id:d'),
      seen('server', 2, 'email:a@example.org device_id:d'),
      seen('server', 3, 'email:a@example.org anonymous_id:c1'),
      seen('server', 4, 'phone:+49111 anonymous_id:c1'),
    ]);
    expect(resolved.groups).toEqual([
      'anonymous_id:c1 device_id:d email:a@example.org phone:+49111 user_id:ada',
    ]);
  });

  test('a device that has met two of a type is the parent of none', () => {
    const family = [
      seen('server', 1, 'user_id:ada device_id:d'),
      seen('server', 2, 'user_id:bob device_id:d'),
    ];
    const cookie = seen('server', 3, 'device_id:d anonymous_id:c1');
    expect(resolve([family[0] ?? cookie, cookie]).identifiers.get('anonymous_id:c1')?.root).toBe(
      'user_id:ada',
    );
    expect(resolve([...family, cookie]).identifiers.get('anonymous_id:c1')).toMatchObject({ parent: null });
  });

  test('stitches a visitor to a customer by an order that both sides saw', () => {
    const browser = seen('public', 1, 'anonymous_id:c1 order_id:o1', { name: 'Order Completed' });
    const backEnd = seen('server', 2, 'user_id:ada order_id:o1', { name: 'Order Completed' });
    const resolved = resolve([seen('public', 0, 'anonymous_id:c1', { type: 'page' }), browser, backEnd]);
    expect(resolved.groups).toEqual(['anonymous_id:c1 order_id:o1 user_id:ada']);
    expect(resolved.identifiers.get('anonymous_id:c1')).toMatchObject({
      parent: 'user_id:ada',
      root: 'user_id:ada',
    });
    expect(resolved.profileOf('user_id:ada').touchpointCount).toBe(3);
  });

  test('makes an anonymous receipt a profile of its own, unidentified until it is claimed', () => {
    const receipt = seen('server', 1, 'receipt_id:r1', { type: 'receipt' });
    expect(resolve([receipt]).profileOf('receipt_id:r1')).toMatchObject({
      id: 'receipt_id:r1',
      identified: false,
    });
    const claimed = resolve([receipt, seen('server', 9, 'receipt_id:r1 loyalty_id:4001')]);
    expect(claimed.profileOf('receipt_id:r1')).toMatchObject({ id: 'loyalty_id:4001', identified: true });
  });

  test('identifies a guest by a cookie alone', () => {
    expect(resolve([seen('public', 0, 'anonymous_id:c1')]).profileOf('anonymous_id:c1').identified).toBe(
      true,
    );
  });

  test('takes a touchpoint’s strongest unblocked order or receipt for its transaction', () => {
    const both = seen('server', 0, 'receipt_id:r1 order_id:o2 order_id:o1');
    const blocked = seen('server', 0, 'order_id:null receipt_id:r1');
    const none = seen('server', 0, 'user_id:ada');
    const { transactionOf } = resolve([both, blocked, none]);
    expect([...transactionOf.values()]).toEqual(['order_id:o1', 'receipt_id:r1', null]);
  });
});

describe('what a profile shows', () => {
  test('takes the last word on a trait, but a stranger’s never over a server’s', () => {
    const say = (trust: 'server' | 'public', at: number, name: string, id = `${at}`) =>
      seen(trust, at, 'user_id:ada', { traits: { name }, id, type: 'identify', source: 's' });
    const nameOf = (...touchpoints: Parameters<typeof resolve>[0]) =>
      resolve(touchpoints).profileOf('user_id:ada').traits['name']?.value;
    expect(nameOf(say('public', 2, 'late'), say('public', 1, 'early'))).toBe('late');
    expect(nameOf(say('server', 1, 'vouched'), say('public', 9, 'claimed'))).toBe('vouched');
    expect(nameOf(say('server', 1, 'b', 'b'), say('server', 1, 'a', 'a'))).toBe('b');
  });

  test('folds counts and times over what belongs to it', () => {
    const resolved = resolve([
      seen('public', 5, 'anonymous_id:c1', { occurredAt: minute(-5) }),
      seen('public', 6, 'anonymous_id:c1 user_id:ada'),
      seen('server', 7, 'user_id:bob email:b@example.org'),
      seen('server', 8, 'user_id:cyd email:b@example.org'),
      seen('server', 9, 'phone:+49111 user_id:null'),
    ]);
    expect(resolved.profileOf('user_id:ada')).toMatchObject({
      firstSeenAt: minute(-5),
      lastSeenAt: minute(6),
      touchpointCount: 2,
    });
    expect(resolved.identifiers.get('anonymous_id:c1')).toMatchObject({
      firstSeenAt: minute(-5),
      lastSeenAt: minute(6),
    });
    expect(resolved.identifiers.get('email:b@example.org')).toMatchObject({
      firstSeenAt: minute(7),
      lastSeenAt: minute(8),
    });
  });

  test('a profile to which nothing belongs has no times', () => {
    const resolved = resolve([
      seen('server', 1, 'user_id:ada external.crm:1'),
      seen('server', 2, 'user_id:ada external.crm:2'),
    ]);
    expect(resolved.profileOf('external.crm:2')).toMatchObject({ firstSeenAt: null, touchpointCount: 0 });
  });
});
