import { compareIdentifierTypes, type IdentifierType } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/core/identifier-state.ts';
import { nextVersion } from '../../src/core/publication.ts';
import type { IncomingTouchpoint } from '../../src/core/mentions.ts';
import { MemoryIdentity } from './memory-identity.ts';

let sequence = 0;

function touchpoint(names: string[], extra: Partial<IncomingTouchpoint> = {}): IncomingTouchpoint {
  sequence += 1;
  const at = new Date(Date.UTC(2026, 0, 1) + sequence * 60_000).toISOString();
  const identifiers = names.map((id) => ({
    id,
    type: id.split(':')[0] as IdentifierType,
    blocked: id.endsWith(':null'),
    verified: false,
    guessable: /^(order|receipt)_id/.test(id),
  }));
  identifiers.sort((left, right) => compareIdentifierTypes(left.type, right.type));
  return {
    key: `key-${sequence}`,
    source: 'server',
    id: `t${sequence}`,
    trust: 'server',
    occurredAt: at,
    receivedAt: at,
    alias: false,
    identifiers,
    ...extra,
  };
}

function resolved(...batches: IncomingTouchpoint[][]): MemoryIdentity {
  const identity = new MemoryIdentity(defaultLimits);
  for (const batch of batches) {
    identity.consume(batch);
    identity.settle();
  }
  return identity;
}

describe('resolving touchpoints', () => {
  test('joins what a visitor did before with the account that a late identify names', () => {
    const identity = resolved(
      [touchpoint(['anonymous_id:a'])],
      [touchpoint(['anonymous_id:a', 'user_id:u'])],
    );
    expect(identity.profiles()).toEqual(
      new Map([
        [
          'user_id:u',
          { identifiers: ['anonymous_id:a', 'user_id:u'], touchpoints: expect.anything(), count: 2 },
        ],
      ]),
    );
    expect(identity.published.profiles().get('user_id:u')?.touchpoints).toHaveLength(2);
  });

  test('a shared tablet stays with the person who signed in first', () => {
    const identity = resolved([
      touchpoint(['anonymous_id:tablet', 'user_id:bob']),
      touchpoint(['anonymous_id:tablet', 'user_id:ann'], { occurredAt: '2025-01-01T00:00:00.000Z' }),
      touchpoint(['anonymous_id:tablet']),
    ]);
    expect(identity.profileOf('anonymous_id:tablet')).toBe('user_id:ann');
    expect(identity.profileOf('user_id:bob')).toBe('user_id:bob');
  });

  test('infers that an e-mail address and an account met on one device are one person', () => {
    const identity = resolved(
      [touchpoint(['anonymous_id:a', 'email:e'])],
      [touchpoint(['anonymous_id:a', 'user_id:u'])],
    );
    expect(identity.profileOf('email:e')).toBe('user_id:u');
  });

  test('withdraws the inference when the device meets a second account', () => {
    const identity = resolved(
      [touchpoint(['anonymous_id:a', 'email:e'])],
      [touchpoint(['anonymous_id:a', 'user_id:u'])],
      [touchpoint(['anonymous_id:a', 'user_id:v'])],
    );
    expect(identity.profileOf('email:e')).toBe('email:e');
    expect(identity.profileOf('anonymous_id:a')).toBe('user_id:u');
  });

  test('separates everyone from an address that more than five accounts use, and moves its touchpoints', () => {
    const users = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'];
    const identity = resolved(
      [touchpoint(['email:no', 'anonymous_id:a'])],
      ...users.map((user) => [touchpoint(['email:no', `user_id:${user}`])]),
    );
    for (const user of users) expect(identity.profileOf(`user_id:${user}`)).toBe(`user_id:${user}`);
    expect(identity.profileOf('email:no')).toBe('email:no');
    expect([...identity.touchpoints.values()].map(({ primary }) => primary)).toContain('anonymous_id:a');
    expect(identity.profileOf('anonymous_id:a')).toBe('anonymous_id:a');
  });

  test('obeys a split, and joins again when it is withdrawn', () => {
    const identity = resolved([touchpoint(['user_id:u', 'email:e'])]);
    identity.decide({
      id: 'd1',
      kind: 'split',
      madeAt: '2026-06-01T00:00:00.000Z',
      sides: [['user_id:u'], ['email:e']],
    });
    expect(identity.profileOf('email:e')).toBe('email:e');
    identity.withdraw('d1');
    expect(identity.profileOf('email:e')).toBe('user_id:u');
  });

  test('lets an operator merge two accounts', () => {
    const identity = resolved([touchpoint(['user_id:u']), touchpoint(['user_id:v'])]);
    identity.decide({
      id: 'd1',
      kind: 'merge',
      madeAt: '2026-06-01T00:00:00.000Z',
      sides: [['user_id:u', 'user_id:v']],
    });
    expect(identity.profileOf('user_id:v')).toBe('user_id:u');
    expect(identity.published.profiles().get('user_id:u')).toEqual({
      touchpoints: expect.anything(),
      identified: true,
    });
    identity.withdraw('d1');
    expect(identity.profileOf('user_id:v')).toBe('user_id:v');
  });

  test('says which touchpoint brought a change of membership about', () => {
    const identity = resolved([touchpoint(['anonymous_id:a'])], [touchpoint(['email:e'])]);
    const identify = touchpoint(['anonymous_id:a', 'email:e', 'user_id:u']);
    identity.consume([touchpoint(['user_id:else', 'email:else']), identify]);
    expect(identity.reasonsOf('anonymous_id:a')).toEqual([identify.id]);
    expect(identity.reasonsOf('email:e')).toEqual([identify.id]);
  });

  test('gives a membership a version above the clock, so that it is newer than those of a time that was lost', () => {
    expect(nextVersion(3, 1_000)).toBe(1_000);
    expect(nextVersion(1_000, 1_000)).toBe(1_001);
    expect(nextVersion(2_000, 1_000)).toBe(2_001);
  });

  test('a blocked value links nothing', () => {
    const identity = resolved([
      touchpoint(['user_id:null', 'email:a']),
      touchpoint(['user_id:null', 'email:b']),
    ]);
    expect(identity.profileOf('email:a')).toBe('email:a');
    expect(identity.profileOf('email:b')).toBe('email:b');
  });

  test('past the bound a telephone of two addresses stays with the first of them', () => {
    const identity = new MemoryIdentity({ ...defaultLimits, boundPersons: 2 });
    identity.consume([touchpoint(['phone:p', 'email:first'])]);
    identity.consume([touchpoint(['phone:p', 'email:second'])]);
    expect(identity.profileOf('phone:p')).toBe('email:first');
    expect(identity.profileOf('email:second')).toBe('email:second');
  });

  test('past the bound an address keeps the first five telephones that were linked to it, and no sixth', () => {
    const identity = new MemoryIdentity({ ...defaultLimits, boundPersons: 2 });
    const phones = ['p1', 'p2', 'p3', 'p4', 'p5'].map((number) => `phone:${number}`);
    for (const phone of phones) identity.consume([touchpoint([phone, `email:own-${phone}`])]);
    for (const phone of [...phones, 'phone:p6']) identity.consume([touchpoint([phone, 'email:hub'])]);
    expect(identity.profileOf('phone:p5')).toBe('email:own-phone:p5');
    expect(identity.profileOf('phone:p6')).toBe('phone:p6');
  });

  test('moves the orders of a browser in pages when it signs in', () => {
    const orders = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6'].map((number) => `order_id:${number}`);
    const identity = new MemoryIdentity(defaultLimits, 2);
    identity.consume(orders.map((order) => touchpoint(['anonymous_id:a', order], { trust: 'public' })));
    identity.consume([touchpoint(['anonymous_id:a', 'user_id:u'])]);
    const moved = () => orders.filter((order) => identity.profileOf(order) === 'user_id:u').length;
    expect(moved()).toBeLessThan(orders.length);
    identity.settle();
    expect(moved()).toBe(orders.length);
  });

  test('an address that becomes shared is separated from its telephones in pages', () => {
    const phones = Array.from({ length: 4 }, (_, index) => `phone:${index}`);
    const limits = { ...defaultLimits, crowdDegree: 3 };
    const identity = new MemoryIdentity(limits, 1);
    for (const phone of phones) identity.consume([touchpoint(['email:till', phone])]);
    identity.settle();
    expect(phones.map((phone) => identity.profileOf(phone))).toEqual(phones);
  });
});
