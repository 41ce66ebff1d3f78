/** Attacks with a public key, which anybody can read in a page: each in several orders, held to the reference model (law 6). */
import { defaultWorldLimits } from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { byBrowser, cookie, device, email, order, profilesOf, seen, user } from './any-order.ts';

const ada = [user('ada'), email('ada@example.org')];
const bob = [user('bob'), email('bob@example.org')];
const adaIsKnown = () => seen(ada);
const bobIsKnown = () => seen(bob);
const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a public key', () => {
  test('does not join two people whom a server knows: by naming both, by an address, by a cookie or by an order', () => {
    const profile = profilesOf([
      adaIsKnown(),
      bobIsKnown(),
      seen([user('ada'), user('bob')], byBrowser),
      seen([user('ada'), email('bob@example.org')], byBrowser),
      ...[user('ada'), user('bob')].map((one) => seen([one, cookie('bridge')], byBrowser)),
      ...[email('ada@example.org'), email('bob@example.org')].map((one) =>
        seen([one, order('7')], byBrowser),
      ),
    ]);
    expect(profile(user('ada'))).not.toBe(profile(user('bob')));
    expect(profile(email('bob@example.org'))).toBe(profile(user('bob')));
  });

  test('does not join a customer with a card that a server knows, although one person might have both', () => {
    const number = { type: 'phone' as const, value: '+493055509' };
    const card = [{ type: 'loyalty_id' as const, value: 'card-9' }, number];
    const claims = [user('ada'), email('ada@example.org')].map((one) => seen([one, number], byBrowser));
    const profile = profilesOf([adaIsKnown(), seen(card), ...claims]);
    expect(profile(number)).not.toBe(profile(user('ada')));
  });

  test('does not join two people by a chain of identifiers that it invents', () => {
    const chain = [user('ada'), ...times(6).map((n) => email(`link-${n}@example.org`)), user('bob')];
    const links = chain.slice(1).map((one, index) => seen([chain[index] ?? one, one], byBrowser));
    const profile = profilesOf([adaIsKnown(), bobIsKnown(), ...links]);
    expect(profile(user('ada'))).not.toBe(profile(user('bob')));
  });

  test('has no alias', () => {
    const profile = profilesOf([
      adaIsKnown(),
      bobIsKnown(),
      seen([user('ada'), user('bob')], { ...byBrowser, type: 'alias' }),
      seen([user('ada'), user('unknown-yet')], { ...byBrowser, type: 'alias' }),
    ]);
    expect(new Set([user('ada'), user('bob'), user('unknown-yet')].map(profile)).size).toBe(3);
  });

  test('does not take the address of a customer by a flood of user ids', () => {
    const flood = times(6).map((n) => seen([user(`mallory-${n}`), email('ada@example.org')], byBrowser));
    const profile = profilesOf([adaIsKnown(), ...flood]);
    expect(profile(email('ada@example.org'))).toBe(profile(user('ada')));
  });

  test('does not take the address of a customer by a flood of addresses or numbers under it', () => {
    const flood = times(5).map((n) => seen([user('ada'), email(`other-${n}@example.org`)], byBrowser));
    const numbers = times(5).map((n) =>
      seen([email('ada@example.org'), { type: 'phone', value: `+49305550${n}` }], byBrowser),
    );
    const limits = { ...defaultWorldLimits, crowdDegree: 3 };
    const profile = profilesOf([adaIsKnown(), ...flood, ...numbers], { limits });
    expect(profile(email('ada@example.org'))).toBe(profile(user('ada')));
  });

  test('does not take the cookie that a server knows to be of a customer', () => {
    const flood = times(6).map((n) => seen([user(`mallory-${n}`), cookie('hers')], byBrowser));
    const profile = profilesOf([seen([user('ada'), cookie('hers')]), ...flood]);
    expect(profile(cookie('hers'))).toBe(profile(user('ada')));
  });

  test('gains nothing by a date of long ago', () => {
    const received = (day: number) => `2026-03-0${day}T10:00:00.000Z`;
    const profile = profilesOf([
      seen([user('visitor'), cookie('c')], { ...byBrowser, receivedAt: received(1) }),
      seen([user('mallory'), cookie('c')], {
        ...byBrowser,
        occurredAt: '1990-01-01T00:00:00.000Z',
        receivedAt: received(2),
      }),
    ]);
    expect(profile(cookie('c'))).toBe(profile(user('visitor')));
  });

  test('does not claim an order or a till receipt that a server has reported', () => {
    const receipt = { type: 'receipt_id' as const, value: 'store-1/till-2/2026-03-01/17' };
    const profile = profilesOf([
      seen([user('ada'), order('1001')]),
      seen([receipt]),
      ...[order('1001'), receipt].map((one) => seen([user('mallory'), one], byBrowser)),
      seen([user('mallory'), cookie('mallorys'), order('1001')], byBrowser),
    ]);
    expect(profile(order('1001'))).toBe(profile(user('ada')));
    expect(profile(receipt)).not.toBe(profile(user('mallory')));
  });

  test('does not make the order of a customer ambiguous, nor does a crowd of browsers that name it', () => {
    const profile = profilesOf([
      seen([user('ada'), order('1001')]),
      seen([cookie('hers'), order('1001')], byBrowser),
      seen([user('mallory'), order('1001')], byBrowser),
    ]);
    // An ambiguous one would lead no browser to its customer.
    expect(profile(cookie('hers'))).toBe(profile(user('ada')));
    const crowd = times(4).map((n) => seen([cookie(`crowd-${n}`), order('1001')], byBrowser));
    const limits = { ...defaultWorldLimits, attachedDegree: 2 };
    const among = profilesOf([seen([user('ada'), order('1001')]), ...crowd], { limits });
    expect(among(order('1001'))).toBe(among(user('ada')));
  });

  test('does not part by the bound what a server has linked, however many identifiers it invents', () => {
    const invented = times(12).map((n) => email(`x-${n}@example.org`));
    const links = invented.map((one, n) =>
      seen([one, invented[n - 1] ?? email('ada@example.org')], byBrowser),
    );
    const limits = { ...defaultWorldLimits, boundPersons: 6, boundLinks: 8 };
    const profile = profilesOf([adaIsKnown(), ...links], { limits });
    expect(profile(email('ada@example.org'))).toBe(profile(user('ada')));
  });

  test('does not keep a touchpoint of a server out by using its id first', () => {
    const id = 'order-completed-7';
    const profile = profilesOf([
      seen([cookie('squatter')], { ...byBrowser, id, source: 'website' }),
      seen([user('ada'), email('ada@example.org')], { id, source: 'server' }),
    ]);
    expect(profile(email('ada@example.org'))).toBe(profile(user('ada')));
  });
});

test('a device of five people stays with the first, and with the sixth it is shared and joins no two', () => {
  const tablet = device('tablet');
  const people = times(6).map((n) => user(`p-${n}`));
  const visit = (one: (typeof people)[number], n: number) =>
    seen([one, tablet], { occurredAt: `2026-03-01T1${n}:00:00.000Z` });
  const five = profilesOf(people.slice(0, 5).map(visit));
  expect(five(tablet)).toBe(five(user('p-0')));
  const six = profilesOf(people.map(visit));
  expect(six(tablet)).not.toBe(six(user('p-0')));
  expect(new Set(people.map(six)).size).toBe(6);
});

test.each(['null', 'undefined', 'test@test.com', '(not set)'])('the value %s joins no people', (value) => {
  const type = value.includes('@') ? ('email' as const) : ('anonymous_id' as const);
  const profile = profilesOf([seen([user('ada'), { type, value }]), seen([user('bob'), { type, value }])]);
  expect(profile(user('ada'))).not.toBe(profile(user('bob')));
  expect(profile({ type, value })).not.toBe(profile(user('ada')));
});
