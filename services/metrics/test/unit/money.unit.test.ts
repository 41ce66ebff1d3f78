import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { moneyOf, toMinorUnits } from '../../src/core/money.ts';

describe('money', () => {
  test.each([
    [
      { revenue: 19.99, currency: 'USD' },
      { amount: 1999, currency: 'USD' },
    ],
    [
      { revenue: 1.005, currency: 'EUR' },
      { amount: 101, currency: 'EUR' },
    ],
    [
      { revenue: -0.1, currency: 'eur' },
      { amount: -10, currency: 'EUR' },
    ],
    [
      { total: 500, currency: 'JPY' },
      { amount: 500, currency: 'JPY' },
    ],
    [
      { revenue: 1.2345, currency: 'KWD' },
      { amount: 1235, currency: 'KWD' },
    ],
    [{ revenue: 1e21, currency: 'USD' }, null],
    [{ revenue: 12 }, null],
    [{ revenue: '12', currency: 'USD' }, null],
    [{ revenue: 12, currency: 'dollars' }, null],
  ])('is integer minor units with its currency, or nothing: %j', (properties, expected) => {
    expect(moneyOf(properties)).toEqual(expected);
  });

  test('of a number with at most two decimals is exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (cents) => {
        expect(toMinorUnits(cents / 100, 2)).toBe(cents === 0 ? 0 : cents);
      }),
    );
  });

  test('that is tiny rounds to nothing', () => {
    expect(toMinorUnits(1e-300, 2)).toBe(0);
    expect(toMinorUnits(4e-3, 2)).toBe(0);
    expect(toMinorUnits(5e-3, 2)).toBe(1);
  });
});
