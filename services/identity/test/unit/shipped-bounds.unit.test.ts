import { type Identifier } from '@throughline/contracts';
import {
  defaultWorldLimits,
  type Operation,
  seededRandom,
  worldAfter,
  type WorldTouchpoint,
} from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/core/identifier-state.ts';
import { expectReference } from './expect-reference.ts';
import { MemoryIdentity } from './memory-identity.ts';
import { incoming } from './world-input.ts';

let serial = 0;

function seen(trust: 'server' | 'public', identifiers: Identifier[]): WorldTouchpoint {
  serial += 1;
  const at = new Date(Date.UTC(2026, 4, 1) + serial * 1000).toISOString();
  const source = trust === 'server' ? 'back end' : 'website';
  return {
    source,
    id: `t${serial}`,
    type: 'track',
    name: null,
    trust,
    occurredAt: at,
    receivedAt: at,
    identifiers,
  };
}

const user = (value: string): Identifier => ({ type: 'user_id', value });
const email = (number: number): Identifier => ({ type: 'email', value: `p${number}@example.org` });
const phone = (number: number): Identifier => ({ type: 'phone', value: `+4940${number}` });
const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Resolves in batches, in a random order, with the limits that ship, and compares everything with the reference model. */
function resolved(touchpoints: WorldTouchpoint[], seed: number): MemoryIdentity {
  const random = seededRandom(seed);
  const shuffled = random.shuffled(touchpoints);
  const identity = new MemoryIdentity(defaultLimits, 200);
  for (let start = 0; start < shuffled.length; start += 100) {
    identity.consume(shuffled.slice(start, start + 100).map(incoming));
    identity.settle();
  }
  const operations = shuffled.map((touchpoint): Operation => ({ kind: 'touchpoint', touchpoint }));
  expectReference(identity, worldAfter(operations, defaultWorldLimits));
  return identity;
}

function levelOf(identity: MemoryIdentity, named: Identifier): number {
  const [found] = incoming(seen('public', [named])).identifiers;
  return identity.sharedLevelOf(found?.id ?? '');
}

describe('the limits that ship', () => {
  test('are those of the reference model', () => {
    expect(defaultLimits).toEqual(defaultWorldLimits);
  });

  test('an address with 500 telephones belongs to a person, with 501 it is shared', () => {
    const till: Identifier = { type: 'email', value: 'till@shop.example' };
    const visits = numbersTo(501).map((number) => seen('server', [till, phone(number)]));
    expect(levelOf(resolved(visits.slice(1), 1), till)).toBe(0);
    expect(levelOf(resolved(visits, 2), till)).toBe(3);
  });

  test('a cookie of five customers is not shared, of six it is', () => {
    const cookie: Identifier = { type: 'anonymous_id', value: 'kiosk' };
    const visits = numbersTo(6).map((number) => seen('public', [cookie, user(`u${number}`)]));
    expect(levelOf(resolved(visits.slice(1), 3), cookie)).toBe(0);
    expect(levelOf(resolved(visits, 4), cookie)).toBe(1);
  });

  test('a customer with any number of cookies is not shared', () => {
    const visits = numbersTo(700).map((number) =>
      seen('server', [user('regular'), { type: 'anonymous_id', value: `c${number}` }]),
    );
    expect(levelOf(resolved(visits, 5), user('regular'))).toBe(0);
  });

  test('an order of 20 browsers is theirs, of 21 it is shared', () => {
    const order: Identifier = { type: 'order_id', value: 'o-1001' };
    const visits = numbersTo(21).map((number) =>
      seen('public', [order, { type: 'anonymous_id', value: `c${number}` }]),
    );
    expect(levelOf(resolved(visits.slice(1), 11), order)).toBe(0);
    expect(levelOf(resolved(visits, 12), order)).toBe(1);
  });

  test('a browser with 500 orders is one, with 501 it is shared', () => {
    const browser: Identifier = { type: 'anonymous_id', value: 'collector' };
    const orders = numbersTo(501).map((number) =>
      seen('public', [browser, { type: 'order_id', value: `n-${number}` }]),
    );
    expect(levelOf(resolved(orders.slice(1), 13), browser)).toBe(0);
    expect(levelOf(resolved(orders, 14), browser)).toBe(1);
  });

  test('a chain of more than 50 addresses by a public key takes nothing from what a server linked', () => {
    const vouched = [seen('server', [user('jane'), email(0)]), seen('server', [user('joe'), email(59)])];
    const chain = numbersTo(65).map((number) => seen('public', [email(number), email(number + 1)]));
    const identity = resolved([...vouched, ...chain], 6);
    const [jane, janesAddress] = incoming(vouched[0] ?? seen('server', [])).identifiers;
    expect(identity.profileOf(janesAddress?.id ?? '')).toBe(jane?.id);
    expect(identity.identifiers.get(jane?.id ?? '')?.boundStage).toBeGreaterThan(0);
  });

  test('few addresses with more than 200 links are past the bound', () => {
    const random = seededRandom(7);
    const addresses = numbersTo(40).map(email);
    const crowd = numbersTo(30).map(() => seen('public', random.shuffled(addresses).slice(0, 10)));
    const identity = resolved(crowd, 8);
    expect([...identity.identifiers.values()].every(({ boundStage }) => boundStage > 0)).toBe(true);
  });

  test('components around the bound are those of the reference model, whatever has linked them', () => {
    const stages = new Set<number>();
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = seededRandom(seed);
      const people = 20 + random.below(25);
      const touchpoints = numbersTo(80 + random.below(160)).map(() => {
        const persons = [
          user(`u${random.below(people)}`),
          email(random.below(people)),
          phone(random.below(people)),
        ];
        // A browser that has met one of each type infers a link.
        const browser: Identifier = { type: 'anonymous_id', value: `c${random.below(people * 3)}` };
        const others = random.chance(0.6) ? [browser] : [];
        const identifiers = [...random.shuffled(persons).slice(0, 2 - others.length), ...others];
        return seen(random.chance(0.3 + (seed % 4) * 0.2) ? 'server' : 'public', identifiers);
      });
      for (const { boundStage } of resolved(touchpoints, seed).identifiers.values()) stages.add(boundStage);
    }
    expect([...stages].toSorted((left, right) => left - right)).toEqual([0, 1, 2, 3, 4]);
  });
});
