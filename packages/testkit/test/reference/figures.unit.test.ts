import { defaultJourneyMap } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import {
  type FigureOptions,
  referenceEngagement,
  referenceFigures,
  referenceProfiles,
  referencePurchase,
  type WorldTouchpoint,
} from '../../src/index.ts';
import { seen, worldOf } from './small-world.ts';

const dayMinutes = 24 * 60;
const purchase = { name: 'Order Completed' };

function figures(touchpoints: WorldTouchpoint[], options: Partial<FigureOptions> = {}) {
  const world = worldOf(touchpoints);
  return referenceFigures(world, referenceProfiles(world), {
    activity: referencePurchase,
    windows: [2],
    journeyMap: defaultJourneyMap,
    from: '2026-01-01',
    to: '2026-01-10',
    ...options,
  });
}

function stagesOn(
  day: string,
  touchpoints: WorldTouchpoint[],
  options: Partial<FigureOptions> = {},
): string[] {
  return figures(touchpoints, { from: day, to: day, ...options }).stages.map(
    ({ stage, relationship, profiles }) => `${stage} ${relationship} ${profiles}`,
  );
}

describe('growth accounting', () => {
  test('follows one customer through two days’ windows', () => {
    const days = [0, 5].map((day) => seen('server', day * dayMinutes, 'user_id:ada', purchase));
    const rows = figures(days).growth.map(
      ({ day, customersAtStart, active, retained, churned, new: fresh, reactivated }) =>
        [day.slice(8), customersAtStart, active, retained, churned, fresh, reactivated].join(' '),
    );
    expect(rows).toEqual([
      '01 0 1 0 0 1 0',
      '02 0 1 0 0 1 0',
      '03 1 0 0 1 0 0',
      '04 1 0 0 1 0 0',
      '05 0 0 0 0 0 0',
      '06 0 1 0 0 0 1',
      '07 0 1 0 0 0 1',
      '08 1 0 0 1 0 0',
      '09 1 0 0 1 0 0',
      '10 0 0 0 0 0 0',
    ]);
  });

  test('a customer with purchases in both windows is retained', () => {
    const days = [0, 2].map((day) => seen('server', day * dayMinutes, 'user_id:ada', purchase));
    const [row] = figures(days, { from: '2026-01-03', to: '2026-01-03' }).growth;
    expect(row).toMatchObject({ customersAtStart: 1, retained: 1, churned: 0, new: 0, reactivated: 0 });
    expect(row).toMatchObject({ churnRate: 0, retentionRate: 1, quickRatio: null });
  });

  test('has rates that sum to one, and none without a start', () => {
    const touchpoints = ['ada', 'bob', 'cyd', 'dan'].flatMap((who, index) => [
      seen('server', index, `user_id:${who}`, purchase),
      ...(who === 'ada' ? [seen('server', 2 * dayMinutes, 'user_id:ada', purchase)] : []),
    ]);
    const { growth } = figures(touchpoints, { from: '2026-01-01', to: '2026-01-03' });
    expect(growth[0]).toMatchObject({ churnRate: null, retentionRate: null, quickRatio: null });
    expect(growth[2]).toMatchObject({ churnRate: 0.75, retentionRate: 0.25, quickRatio: 0 });
  });

  test('counts identified profiles only', () => {
    const receipt = seen('server', 0, 'receipt_id:r1', { type: 'receipt' });
    expect(figures([receipt]).growth[0]?.active).toBe(0);
    expect(stagesOn('2026-01-01', [receipt])).toEqual([]);
    const claimed = [receipt, seen('server', 900, 'receipt_id:r1 loyalty_id:4001')];
    expect(figures(claimed).growth[0]?.active).toBe(1);
  });

  test('each activity counts its own touchpoints', () => {
    const visit = seen('public', 0, 'anonymous_id:c1', { type: 'page' });
    expect(figures([visit]).growth[0]?.active).toBe(0);
    expect(figures([visit], { activity: referenceEngagement }).growth[0]?.active).toBe(1);
    const identify = seen('public', 0, 'user_id:ada', { type: 'identify' });
    expect(figures([identify], { activity: referenceEngagement }).growth[0]?.active).toBe(0);
  });

  test('reads properties, and compares within a type', () => {
    const expensive = seen('server', 0, 'user_id:ada', { properties: { cart: { total: 10 } } });
    const over = (value: number | string) =>
      figures([expensive], {
        activity: {
          name: 'expensive',
          filter: { all: [{ field: 'properties.cart.total', op: 'gte', value }] },
          perTransaction: false,
        },
      }).growth[0]?.active;
    expect([over(10), over(11), over('10')]).toEqual([1, 0, 0]);
  });
});

describe('transactions', () => {
  const browser = (day: number) => seen('public', day * dayMinutes, 'anonymous_id:c1 order_id:o1', purchase);
  const backEnd = (day: number) => seen('server', day * dayMinutes, 'user_id:ada order_id:o1', purchase);

  test('counts one that both sides report once, on the server’s day', () => {
    const { growth } = figures([browser(0), backEnd(3)], { windows: [1], to: '2026-01-04' });
    expect(growth.map(({ active }) => active)).toEqual([0, 0, 0, 1]);
    expect(stagesOn('2026-01-04', [browser(0), backEnd(3)])).toEqual(['purchase customer 1']);
  });

  test('takes the earlier of two reports of one trust', () => {
    const { growth } = figures([backEnd(3), backEnd(1)], { windows: [1], to: '2026-01-04' });
    expect(growth.map(({ active }) => active)).toEqual([0, 1, 0, 0]);
  });

  test('gives one that two people’s records name to the record that counts', () => {
    const thief = seen('public', 0, 'user_id:eve order_id:o1', purchase);
    const { growth } = figures([thief, backEnd(0)], { windows: [1] });
    expect(growth[0]?.active).toBe(1);
    expect(stagesOn('2026-01-01', [thief, backEnd(0)])).toEqual([
      'purchase customer 1',
      'purchase prospect 1',
    ]);
  });

  test('counts one number that two customers used once for each, in any order', () => {
    const bob = seen('server', dayMinutes, 'user_id:bob order_id:o1', purchase);
    for (const order of [
      [backEnd(0), bob],
      [bob, backEnd(0)],
    ]) {
      const { growth } = figures(order, { windows: [7], to: '2026-01-02' });
      expect(growth.map(({ active }) => active)).toEqual([1, 2]);
    }
  });

  test('ranks public records of a transaction by their receipt', () => {
    const backdated = { ...browser(3), occurredAt: '2020-01-01T00:00:00.000Z', id: 'backdated' };
    const { growth } = figures([browser(1), backdated], { windows: [1], to: '2026-01-04' });
    expect(growth.map(({ active }) => active)).toEqual([0, 1, 0, 0]);
  });

  test.each([
    ['a refund', 'track', 'Order Refunded', {}],
    ['a returned receipt', 'receipt', null, { kind: 'return' }],
    ['a receipt that refers to the one it takes back', 'receipt', null, { refundOf: 's1-0041' }],
    ['a negative amount', 'track', 'Order Completed', { revenue: '-7.50' }],
    ['a page with the name of the event', 'page', 'Order Completed', {}],
  ] as const)('does not count %s as a purchase', (_what, type, name, properties) => {
    const back = seen('server', 0, 'user_id:ada order_id:o9', { type, name, properties });
    expect(figures([back]).growth[0]?.active).toBe(0);
  });

  test('does not count an order that was cancelled, unless only a public key says so', () => {
    const cancelled = (trust: 'server' | 'public') =>
      seen(trust, 9, 'user_id:ada order_id:o1', { name: 'Order Cancelled' });
    expect(figures([backEnd(0), cancelled('server')]).growth[0]?.active).toBe(0);
    expect(figures([backEnd(0), cancelled('public')]).growth[0]?.active).toBe(1);
  });

  test('counts a purchase without a number, or with a blocked one, by itself', () => {
    const blocked = [0, 1].map((at) => seen('server', at, 'user_id:ada order_id:null', purchase));
    expect(stagesOn('2026-01-01', blocked)).toEqual(['purchase repeat 1']);
    const none = [0, 1].map((at) => seen('server', at, 'user_id:ada', purchase));
    expect(stagesOn('2026-01-01', none)).toEqual(['purchase repeat 1']);
  });
});

describe('stage occupancy', () => {
  const view = (at: number, name = 'Product Viewed') => seen('public', at, 'user_id:ada', { name });

  test('is at the latest stage-bearing touchpoint by the end of the day', () => {
    const touchpoints = [
      view(0),
      seen('server', 1, 'user_id:ada', purchase),
      view(dayMinutes),
      view(5, 'Unheard Of'),
    ];
    expect(stagesOn('2025-12-31', touchpoints)).toEqual([]);
    expect(stagesOn('2026-01-01', touchpoints)).toEqual(['purchase customer 1']);
    expect(stagesOn('2026-01-02', touchpoints)).toEqual(['consideration customer 1']);
  });

  test('breaks equal times by source, then id', () => {
    const same = [
      seen('public', 0, 'user_id:ada', { name: 'Products Searched', source: 'b', id: '1' }),
      seen('public', 0, 'user_id:ada', { name: 'Product Viewed', source: 'a', id: '2' }),
    ];
    expect(stagesOn('2026-01-01', same)).toEqual(['awareness prospect 1']);
  });

  test('lapses after so many days without engagement, and comes back', () => {
    const journeyMap = { ...defaultJourneyMap, lapseDays: 3 };
    const touchpoints = [view(0), seen('public', 6 * dayMinutes, 'user_id:ada', { name: 'Unheard Of' })];
    const stages = figures(touchpoints, { journeyMap, to: '2026-01-10' }).stages.map(({ stage }) => stage);
    const present = 'consideration';
    expect(stages).toEqual([
      present,
      present,
      present,
      'lapsed',
      'lapsed',
      'lapsed',
      present,
      present,
      present,
      'lapsed',
    ]);
  });

  test('lapses one that never engaged from its first stage-bearing day', () => {
    const journeyMap = {
      ...defaultJourneyMap,
      lapseDays: 2,
      rules: [{ when: { type: 'identify' }, stage: 'awareness' }],
    };
    const identify = seen('public', 0, 'user_id:ada', { type: 'identify' });
    const { stages } = figures([identify], { journeyMap, to: '2026-01-03' });
    expect(stages.map(({ stage }) => stage)).toEqual(['awareness', 'awareness', 'lapsed']);
    // What comes later does not change the day.
    const later = seen('public', 5 * dayMinutes, 'user_id:ada', { type: 'page' });
    expect(stagesOn('2026-01-02', [identify, later], { journeyMap })).toEqual(['awareness prospect 1']);
  });

  test('has days of the reporting zone, also where the clocks change', () => {
    const late = (occurredAt: string) => [seen('server', 0, 'user_id:ada', { ...purchase, occurredAt })];
    const activeDays = (occurredAt: string, timeZone: string) =>
      figures(late(occurredAt), { windows: [1], timeZone, from: '2026-03-27', to: '2026-03-31' })
        .growth.filter(({ active }) => active === 1)
        .map(({ day }) => day);
    expect(activeDays('2026-03-28T23:30:00.000Z', 'UTC')).toEqual(['2026-03-28']);
    expect(activeDays('2026-03-28T23:30:00.000Z', 'Europe/Berlin')).toEqual(['2026-03-29']);
    expect(activeDays('2026-03-29T21:59:00.000Z', 'Europe/Berlin')).toEqual(['2026-03-29']);
    expect(activeDays('2026-03-29T22:00:00.000Z', 'Europe/Berlin')).toEqual(['2026-03-30']);
    expect(activeDays('2026-03-29T02:00:00.000Z', 'America/Los_Angeles')).toEqual(['2026-03-28']);
  });
});
