import { describe, expect, test } from 'vitest';
import {
  churnOn,
  lifecycleOn,
  loyaltyOf,
  nearDays,
  strategyOf,
  strategyWindow,
  summarizePurchases,
} from '../../src/core/profile-journey.ts';

const buy = (...days: number[]) => days.map((day) => ({ day, transactions: 1 }));

describe('the journey of a profile', () => {
  test('counts days with a purchase after the first, from the first to the last, and to the day', () => {
    const summary = summarizePurchases([{ day: 20, transactions: 2 }, ...buy(10, 15)], 40);
    expect(summary).toEqual({
      first: 10,
      last: 20,
      days: 3,
      transactions: 4,
      frequency: 2,
      recency: 10,
      age: 30,
    });
    expect(summarizePurchases([], 40)).toMatchObject({ frequency: 0, recency: null, age: null });
  });

  test('is near churn 14 days before, half a short window before, and churned from the day on', () => {
    const stateOn = (day: number, window: number) =>
      churnOn(day, { activity: 'purchase', lastActive: 100, window }).state;
    expect([nearDays(30), nearDays(7)]).toEqual([14, 3]);
    expect([stateOn(115, 30), stateOn(116, 30), stateOn(129, 30), stateOn(130, 30)]).toEqual([
      'active',
      'near',
      'near',
      'churned',
    ]);
    expect([stateOn(103, 7), stateOn(104, 7), stateOn(107, 7)]).toEqual(['active', 'near', 'churned']);
  });

  test('has the lifecycle of its calendar month', () => {
    // Day 0 is 1970-01-01, day 31 the first of February, day 59 that of March.
    expect(lifecycleOn(buy(3), 30)).toBe('new');
    expect(lifecycleOn(buy(3), 31)).toBe('dormant');
    expect(lifecycleOn(buy(3, 31), 40)).toBe('returning');
    expect(lifecycleOn(buy(3, 59), 60)).toBe('resurrecting');
    expect(lifecycleOn([], 60)).toBeNull();
  });

  test('asks to acquire, to retain, to increase or to cherish, by the first rule that applies', () => {
    const repeat = { relationship: 'repeat', churn: 'active', isAdvocate: true } as const;
    expect(strategyOf({ relationship: 'prospect', churn: null, isAdvocate: true })).toBe('acquire');
    expect(strategyOf({ ...repeat, churn: 'near' })).toBe('retain');
    expect(strategyOf({ ...repeat, churn: 'churned' })).toBe('retain');
    expect(strategyOf({ ...repeat, isAdvocate: false })).toBe('increase');
    expect(strategyOf({ ...repeat, relationship: 'customer' })).toBe('increase');
    expect(strategyOf(repeat)).toBe('cherish');
    expect(loyaltyOf({ ...repeat, churn: 'near', isAdvocate: false })).toBe('retained');
    expect(loyaltyOf({ ...repeat, churn: 'churned' })).toBeNull();
  });

  test('decides strategies by the shortest window in which a profile would lapse, or the longest there is', () => {
    expect(strategyWindow([7, 30, 90, 365], 90)).toBe(90);
    expect(strategyWindow([30, 7], 90)).toBe(30);
  });
});
