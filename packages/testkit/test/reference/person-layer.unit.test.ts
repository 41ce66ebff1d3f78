import { describe, expect, test } from 'vitest';
import { merge, minute, resolve, seen } from './small-world.ts';

describe('the person layer', () => {
  test('joins what one touchpoint names, and names the profile after its user', () => {
    const resolved = resolve([
      seen('public', 0, 'email:ada@example.org phone:+4930111'),
      seen('server', 1, 'user_id:ada email:ada@example.org'),
    ]);
    expect(resolved.groups).toEqual(['email:ada@example.org phone:+4930111 user_id:ada']);
    expect(resolved.profileOf('phone:+4930111').id).toBe('user_id:ada');
  });

  test('gives an address of two users to the first', () => {
    const resolved = resolve([
      seen('server', 5, 'user_id:abe-late email:home@example.org'),
      seen('server', 1, 'user_id:zed-early email:home@example.org'),
    ]);
    expect(resolved.groups).toEqual(['email:home@example.org user_id:zed-early', 'user_id:abe-late']);
    expect(resolved.refusal('user_id:abe-late', 'email:home@example.org')).toBe('limit');
  });

  test('prefers a server’s later word to a public earlier one', () => {
    const resolved = resolve([
      seen('public', 1, 'user_id:guess email:home@example.org'),
      seen('server', 5, 'user_id:sure email:home@example.org'),
    ]);
    expect(resolved.profileOf('email:home@example.org').id).toBe('user_id:sure');
  });

  test('prefers the stronger types to the earlier time', () => {
    const touchpoints = [
      seen('server', 1, 'user_id:ada phone:+49111'),
      seen('server', 5, 'user_id:zoe loyalty_id:4001'),
    ];
    const resolved = resolve(touchpoints, { decisions: [merge(9, 'loyalty_id:4001 phone:+49111')] });
    expect(resolved.profileOf('phone:+49111').id).toBe('user_id:zoe');
  });

  test('ranks public evidence by its receipt, so that it cannot be backdated', () => {
    const resolved = resolve([
      seen('public', 3, 'user_id:trusted email:home@example.org'),
      seen('public', 5, 'user_id:liar email:home@example.org', { occurredAt: minute(-1000) }),
    ]);
    expect(resolved.profileOf('email:home@example.org').id).toBe('user_id:trusted');
    const byServer = resolve([
      seen('server', 3, 'user_id:abe-later email:home@example.org'),
      seen('server', 5, 'user_id:earlier email:home@example.org', { occurredAt: minute(-1000) }),
    ]);
    expect(byServer.profileOf('email:home@example.org').id).toBe('user_id:earlier');
  });

  test('lets a proof count for the identifiers that it names, and for no others', () => {
    const resolved = resolve([
      seen('public', 1, 'user_id:guess email:home@example.org'),
      seen('public', 2, 'user_id:sure email:home@example.org phone:+4930111', {
        verified: 'user_id:sure email:home@example.org',
      }),
      seen('public', 0, 'user_id:guess phone:+4930111'),
    ]);
    expect(resolved.groups).toEqual(['email:home@example.org user_id:sure', 'phone:+4930111 user_id:guess']);
    expect(resolved.refusal('user_id:sure', 'phone:+4930111')).toBe('limit');
  });

  test('a public key does not join two people that a server knows', () => {
    const known = [
      seen('server', 0, 'user_id:ada email:ada@example.org'),
      seen('server', 0, 'loyalty_id:4001 phone:+4930111'),
    ];
    const stranger = resolve([...known, seen('public', 5, 'user_id:ada loyalty_id:4001')]);
    expect(stranger.groups).toHaveLength(2);
    expect(stranger.refusal('user_id:ada', 'loyalty_id:4001')).toBe('two_known');
    const vouched = resolve([...known, seen('server', 5, 'user_id:ada loyalty_id:4001')]);
    expect(vouched.groups).toHaveLength(1);
    const proof = { verified: 'user_id:ada loyalty_id:4001' };
    expect(resolve([...known, seen('public', 5, 'user_id:ada loyalty_id:4001', proof)]).groups).toHaveLength(
      1,
    );
  });

  test('a bare mention by a server does not make an identifier known', () => {
    const mentioned = [seen('server', 0, 'user_id:ada'), seen('server', 0, 'loyalty_id:4001')];
    expect(resolve([...mentioned, seen('public', 5, 'user_id:ada loyalty_id:4001')]).groups).toHaveLength(1);
  });

  test.each([
    ['loyalty_id', 3],
    ['email', 5],
    ['phone', 5],
    ['external.crm', 1],
  ])('holds a profile to its limit of %s: %i', (type, limit) => {
    const names = Array.from(
      { length: limit + 1 },
      (_, index) => `${type}:+4910${index}${type === 'email' ? '@example.org' : ''}`,
    );
    const resolved = resolve(names.map((name, at) => seen('server', at, `user_id:ada ${name}`)));
    expect(resolved.profileOf('user_id:ada').identifiers).toHaveLength(1 + limit);
    expect(resolved.refusal('user_id:ada', names.at(-1) ?? '')).toBe('limit');
  });

  test('holds each external namespace to one by itself', () => {
    const resolved = resolve([seen('server', 0, 'user_id:ada external.crm:1 external.shop:1')]);
    expect(resolved.groups).toHaveLength(1);
  });

  test('makes one profile of three cards that share an e-mail address', () => {
    const cards = [1, 2, 3, 4].map((card) =>
      seen('server', card, `loyalty_id:400${card} email:home@example.org`),
    );
    const resolved = resolve(cards);
    expect(resolved.profileOf('email:home@example.org').identifiers).toEqual([
      'email:home@example.org',
      'loyalty_id:4001',
      'loyalty_id:4002',
      'loyalty_id:4003',
    ]);
    expect(resolved.profileOf('loyalty_id:4004').identifiers).toHaveLength(1);
  });

  test('joins two users by a server’s alias, and doubles what the profile may hold', () => {
    const alias = (trust: 'server' | 'public') =>
      seen(trust, 9, 'user_id:new user_id:old', { type: 'alias' });
    expect(resolve([alias('server')]).groups).toEqual(['user_id:new user_id:old']);
    expect(resolve([alias('public')]).groups).toHaveLength(2);
    expect(resolve([seen('server', 9, 'user_id:new user_id:old')]).groups).toHaveLength(2);

    const cards = ['1', '2', '3', '4', '5', '6', '7'].map((card, at) =>
      seen('server', at, `user_id:${at % 2 === 0 ? 'new' : 'old'} loyalty_id:${card}`),
    );
    const resolved = resolve([alias('server'), ...cards]);
    expect(resolved.profileOf('user_id:new').identifiers).toHaveLength(8);
    expect(resolved.refusal('user_id:new', 'loyalty_id:7')).toBe('limit');
  });

  test('does not make an alias of a user’s former cookie', () => {
    const resolved = resolve([seen('server', 0, 'user_id:ada anonymous_id:c1', { type: 'alias' })]);
    expect(resolved.groups).toEqual(['anonymous_id:c1 user_id:ada']);
  });

  test('breaks equal times by source, then id, by code point', () => {
    const first = (source: string, id: string, user: string) =>
      seen('server', 0, `user_id:${user} email:home@example.org`, { source, id });
    const bySource = resolve([first('b', '1', 'abe-late'), first('a', '2', 'zed-early')]);
    expect(bySource.profileOf('email:home@example.org').id).toBe('user_id:zed-early');
    // U+1F6CD comes after U+FF5E, though its first UTF-16 unit comes before.
    const byId = resolve([first('a', '\u{1f6cd}', 'abe-late'), first('a', '\uff5e', 'zed-early')]);
    expect(byId.profileOf('email:home@example.org').id).toBe('user_id:zed-early');
  });

  test('founds a profile by type, then trust, then time, then id', () => {
    const cards = [
      seen('public', 0, 'loyalty_id:1 email:a@example.org'),
      seen('server', 9, 'loyalty_id:2 email:a@example.org'),
    ];
    expect(resolve(cards).profileOf('email:a@example.org').id).toBe('loyalty_id:2');
    expect(resolve([...cards, seen('server', 5, 'loyalty_id:1')]).profileOf('loyalty_id:2').id).toBe(
      'loyalty_id:1',
    );
    const backdated = seen('public', 5, 'email:b@example.org', { occurredAt: minute(-99) });
    const emails = [
      backdated,
      seen('public', 3, 'email:c@example.org'),
      seen('public', 7, 'email:b@example.org phone:+49111'),
    ];
    const together = resolve([...emails, seen('public', 8, 'email:c@example.org phone:+49111')]);
    expect(together.profileOf('phone:+49111').id).toBe('email:c@example.org');
    const same = resolve([seen('server', 0, 'loyalty_id:9 loyalty_id:8')]);
    expect(same.groups).toEqual(['loyalty_id:8 loyalty_id:9']);
    expect(same.profiles[0]?.id).toBe('loyalty_id:8');
  });
});

describe('the bound', () => {
  const bound = { limits: { boundPersons: 3 } };

  test('the bound leaves out public inferred links first, and names them', () => {
    const touchpoints = [
      seen('public', 0, 'user_id:ada email:a@example.org'),
      seen('public', 1, 'user_id:ada anonymous_id:c1'),
      seen('public', 2, 'phone:+49111 anonymous_id:c1'),
    ];
    expect(resolve(touchpoints, bound).profileOf('phone:+49111').id).toBe('user_id:ada');
    const more = [...touchpoints, seen('public', 3, 'user_id:ada email:b@example.org')];
    const resolved = resolve(more, bound);
    expect(resolved.groups).toContain('phone:+49111');
    expect(resolved.refusal('user_id:ada', 'phone:+49111')).toBe('bound');
    // What is left is within the bound: its public links stay.
    expect(resolved.profileOf('user_id:ada').identifiers).toContain('email:b@example.org');
  });

  test('leaves a server’s inferred links in as long as it can', () => {
    const resolved = resolve(
      [
        seen('server', 0, 'user_id:ada device_id:d'),
        seen('server', 1, 'phone:+49111 device_id:d'),
        seen('public', 2, 'user_id:ada anonymous_id:c1'),
        seen('public', 3, 'email:a@example.org anonymous_id:c1'),
        seen('public', 4, 'user_id:ada email:b@example.org'),
      ],
      bound,
    );
    expect(resolved.profileOf('phone:+49111').id).toBe('user_id:ada');
    expect(resolved.profileOf('email:a@example.org').id).toBe('email:a@example.org');
  });

  test('leaves out public links next, and judges what falls apart by itself', () => {
    const resolved = resolve(
      [
        seen('server', 0, 'user_id:ada email:a@example.org phone:+49111'),
        seen('public', 1, 'phone:+49111 email:b@example.org'),
        seen('public', 2, 'email:b@example.org phone:+49112'),
      ],
      bound,
    );
    expect(resolved.groups).toEqual([
      'email:a@example.org phone:+49111 user_id:ada',
      'email:b@example.org',
      'phone:+49112',
    ]);
  });

  test('at last keeps each identifier’s best link to a stronger type, the best few per type', () => {
    const resolved = resolve(
      [
        seen('server', 1, 'user_id:ada loyalty_id:1'),
        seen('server', 2, 'loyalty_id:1 email:a@example.org'),
        seen('server', 3, 'user_id:bob email:a@example.org'),
        seen('server', 4, 'user_id:bob external.crm:7'),
        seen('server', 5, 'user_id:bob external.crm:8'),
      ],
      bound,
    );
    // A link with a user ranks before one with a card; of two CRM numbers only the first stays.
    expect(resolved.groups).toEqual([
      'email:a@example.org external.crm:7 user_id:bob',
      'external.crm:8',
      'loyalty_id:1 user_id:ada',
    ]);
    expect(resolved.refusal('loyalty_id:1', 'email:a@example.org')).toBe('bound');
    expect(resolved.refusal('user_id:bob', 'external.crm:8')).toBe('bound');
  });
});
