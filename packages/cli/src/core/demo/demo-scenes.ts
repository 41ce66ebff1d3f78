/** What makes identities hard, once each: so that every explanation of the product has something to explain. */
import { offlineRegister, stores } from './demo-catalog.ts';
import { dayMs, type CallEvent, type DemoEvent } from './demo-event.ts';
import { atHour, browse, drawBasket, type Year } from './demo-life.ts';
import type { DemoRandom } from './demo-random.ts';

/** A decision for `POST /v1/identity/decisions`, and whether the demo withdraws it. */
export interface DemoMerge {
  refs: readonly [string, string];
  note: string;
  isWithdrawn: boolean;
}

export const familyTablet = 'tablet-of-a-family';
export const sharedEmail = 'kasse@haushalt.example';

export function* scenes(year: Year, random: DemoRandom): Generator<DemoEvent> {
  yield* familyOfOneTablet(year, random);
  yield* tillThatSendsItsOwnAddress(year, random);
  yield* peopleToMerge(year, random);
  yield* offlineReceipts(year, random);
}

/** Four people sign in on one tablet: it joins none of them. */
function* familyOfOneTablet(year: Year, random: DemoRandom): Generator<CallEvent> {
  for (const [index, name] of ['Mira', 'Paul', 'Lena', 'Karl'].entries()) {
    const userId = `family-${name.toLowerCase()}`;
    for (let day = 20 + index * 3; day < year.days; day += 45) {
      const atMs = atHour(year, random, day);
      yield {
        sender: 'website',
        atMs,
        item: {
          type: 'identify',
          anonymousId: familyTablet,
          userId,
          traits: { firstName: name },
          channel: 'web',
        },
      };
      yield* browse(familyTablet, userId, atMs + 60_000, random, null);
    }
    const traits = {
      firstName: name,
      lastName: 'Brandt',
      email: `${name}.brandt@mail.example`.toLowerCase(),
    };
    yield { sender: 'backEnd', atMs: atHour(year, random, 18), item: { type: 'identify', userId, traits } };
  }
}

/** A cashier types the till's own e-mail address for customers who want no letter: twelve cards would be one person. */
function* tillThatSendsItsOwnAddress(year: Year, random: DemoRandom): Generator<DemoEvent> {
  for (let card = 0; card < 12; card += 1) {
    for (const day of [30 + card, 150 + card * 2].filter((each) => each < year.days)) {
      yield {
        sender: 'till',
        atMs: atHour(year, random, day),
        receipt: {
          key: `address-${card}-${day}`,
          kind: 'sale',
          store: stores[0].name,
          register: '1',
          lines: drawBasket(random),
          customer: { loyaltyId: `98${String(10_000 + card)}`, email: sharedEmail },
          amends: null,
        },
      };
    }
  }
}

/** Two pairs of profiles that look alike; `demoMerges` names them. */
function* peopleToMerge(year: Year, random: DemoRandom): Generator<CallEvent> {
  const people = [
    { userId: 'sofia-old', email: 'sofia.lang@mail.example' },
    { userId: 'sofia-new', email: 's.lang@work.example' },
    { userId: 'max-father', email: 'max.kurz.senior@mail.example' },
    { userId: 'max-son', email: 'max.kurz@mail.example' },
  ];
  for (const [index, { userId, email }] of people.entries()) {
    const [firstName, lastName] = index < 2 ? ['Sofia', 'Lang'] : ['Max', 'Kurz'];
    const traits = { firstName, lastName, email };
    yield {
      sender: 'backEnd',
      atMs: atHour(year, random, 40 + index),
      item: { type: 'identify', userId, traits },
    };
    for (let day = 60 + index * 7; day < year.days; day += 70) {
      const revenue = 25 + index * 10;
      yield {
        sender: 'backEnd',
        atMs: atHour(year, random, day),
        item: {
          type: 'track',
          event: 'Order Completed',
          userId,
          channel: 'web',
          properties: { order_id: `${year.orderPrefix}-${userId}-${day}`, revenue, currency: 'EUR' },
        },
      };
    }
  }
}

export const demoMerges: readonly DemoMerge[] = [
  {
    refs: ['user_id:sofia-old', 'user_id:sofia-new'],
    note: 'The customer says that both accounts are hers.',
    isWithdrawn: false,
  },
  {
    refs: ['user_id:max-father', 'user_id:max-son'],
    note: 'Same name and street.',
    isWithdrawn: true,
  },
];

/** The last days of a register that was offline. They are sent when everything else is in the figures. */
function* offlineReceipts(year: Year, random: DemoRandom): Generator<DemoEvent> {
  const { store, register, days } = offlineRegister;
  for (let day = Math.max(0, year.days - days); day < year.days - 1; day += 1) {
    for (let sale = 0; sale < 6; sale += 1) {
      const customer = random.chance(0.5) ? { loyaltyId: `97${String(10_000 + random.int(0, 30))}` } : null;
      yield {
        sender: 'till',
        atMs: year.fromMs + day * dayMs + (9 * 60 + sale * 95) * 60_000,
        receipt: {
          key: `offline-${day}-${sale}`,
          kind: 'sale',
          store,
          register,
          lines: drawBasket(random),
          customer,
          amends: null,
        },
      };
    }
  }
}
