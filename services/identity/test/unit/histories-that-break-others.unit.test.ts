/** Histories that systems of this kind are known to fail on, each in any order, held to the reference model. */
import type { Identifier } from '@throughline/contracts';
import type { Operation } from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { byBrowser, cookie, device, email, order, profilesOf, seen, user } from './any-order.ts';

const merge = (id: string, identifiers: Identifier[]): Operation => ({
  kind: 'decision',
  decision: { id, kind: 'merge', madeAt: '2026-02-01T00:00:00.000Z', sides: [identifiers] },
});

describe('histories that break others', () => {
  test('a duplicated id with another time changes nothing: the copy that came first stands', () => {
    const original = seen([user('ada'), email('ada@example.org')], { id: 'same' });
    const copy = seen([user('bob'), email('ada@example.org')], {
      id: 'same',
      occurredAt: '2020-01-01T00:00:00.000Z',
    });
    const profile = profilesOf([original, copy], { inTheirOrder: true });
    expect(profile(email('ada@example.org'))).toBe(profile(user('ada')));
    expect(profile(user('bob'))).not.toBe(profile(user('ada')));
  });

  test('null device ids join no people', () => {
    const people = ['ada', 'bob', 'cyd'];
    const profile = profilesOf(people.map((one) => seen([user(one), device('null')])));
    expect(new Set(people.map((one) => profile(user(one)))).size).toBe(3);
  });

  test('a device that rotates its id stays one person, however often it does', () => {
    const ids = Array.from({ length: 30 }, (_, index) => device(`rotated-${index}`));
    const profile = profilesOf(ids.map((id) => seen([user('ada'), id])));
    expect(new Set(ids.map(profile))).toEqual(new Set([profile(user('ada'))]));
  });

  test('two people on one device stay two', () => {
    const tablet = device('tablet');
    const profile = profilesOf([
      seen([user('ada'), email('ada@example.org'), tablet]),
      seen([user('bob'), email('bob@example.org'), tablet]),
      seen([email('ada@example.org'), tablet], byBrowser),
    ]);
    expect(profile(user('ada'))).not.toBe(profile(user('bob')));
    expect(profile(email('bob@example.org'))).toBe(profile(user('bob')));
  });

  test('one person on many devices is one', () => {
    const devices = ['phone', 'laptop', 'tablet', 'watch'].map(device);
    const profile = profilesOf(devices.map((one) => seen([user('ada'), one])));
    expect(new Set([user('ada'), ...devices].map(profile)).size).toBe(1);
  });

  test('an e-mail address that is handed on stays with its first owner, and joins no two', () => {
    const desk = email('desk@example.org');
    const profile = profilesOf([
      seen([user('ada'), desk], { occurredAt: '2026-01-01T00:00:00.000Z' }),
      seen([user('bob'), desk], { occurredAt: '2026-02-01T00:00:00.000Z' }),
    ]);
    expect(profile(desk)).toBe(profile(user('ada')));
    expect(profile(user('bob'))).not.toBe(profile(user('ada')));
  });

  test('a merge that comes before what links the two joins them all the same', () => {
    const profile = profilesOf(
      [
        seen([user('ada')]),
        seen([user('old-ada')]),
        merge('m1', [user('ada'), user('old-ada')]),
        seen([user('ada'), cookie('c1')], byBrowser),
        seen([user('old-ada'), cookie('c2')], { ...byBrowser, occurredAt: '2025-01-01T00:00:00.000Z' }),
      ],
      { inTheirOrder: true },
    );
    expect(new Set([user('ada'), user('old-ada'), cookie('c1'), cookie('c2')].map(profile)).size).toBe(1);
  });

  test('an alias of a server that comes before what it joins joins it, in any order', () => {
    const profile = profilesOf([
      seen([user('ada'), user('old-ada')], { type: 'alias' }),
      seen([user('old-ada'), email('old@example.org')]),
      seen([user('ada'), cookie('c1')]),
    ]);
    const all = [user('ada'), user('old-ada'), email('old@example.org'), cookie('c1')];
    expect(new Set(all.map(profile)).size).toBe(1);
  });

  test('a visitor who left an e-mail address and signs in a year later is one person from the start', () => {
    const visitor = cookie('visitor');
    const profile = profilesOf([
      seen([visitor], {
        ...byBrowser,
        occurredAt: '2025-03-01T00:00:00.000Z',
        receivedAt: '2025-03-01T00:00:00.000Z',
      }),
      seen([email('ada@example.org'), visitor], byBrowser),
      seen([user('ada'), visitor], { occurredAt: '2026-03-01T00:00:00.000Z' }),
    ]);
    expect(new Set([visitor, email('ada@example.org'), user('ada')].map(profile)).size).toBe(1);
  });

  test('an order that browser and back end saw leads the browser to the customer', () => {
    const profile = profilesOf([
      seen([cookie('browser'), order('1001')], byBrowser),
      seen([user('ada'), order('1001')]),
    ]);
    expect(profile(cookie('browser'))).toBe(profile(user('ada')));
    expect(profile(order('1001'))).toBe(profile(user('ada')));
  });

  test('a guest checkout that is claimed later goes with the cookie to the customer', () => {
    const profile = profilesOf([
      seen([cookie('checkout'), order('2002')], byBrowser),
      seen([user('ada'), cookie('checkout')]),
    ]);
    expect(new Set([cookie('checkout'), order('2002'), user('ada')].map(profile)).size).toBe(1);
  });
});
