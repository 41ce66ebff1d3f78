import { describe, expect, test } from 'vitest';
import { isAmount, moneyOf } from '../src/index.ts';

const inMinorUnits = (revenue: unknown, currency: string): number | null =>
  moneyOf({ revenue, currency })?.amount ?? null;

describe('moneyOf', () => {
  test.each([
    [19.99, 'USD', 1999],
    [1.005, 'EUR', 101],
    [-0.1, 'eur', -10],
    [500, 'JPY', 500],
    [1.2345, 'KWD', 1235],
    [1e21, 'USD', null],
    [12, 'dollars', null],
    // Currencies whose usual number of digits (CLDR) is not that of ISO 4217.
    [87.25, 'HUF', 8725],
    [4500.1, 'COP', 450010],
    [45.5, 'IDR', 4550],
    [7.01, 'PKR', 701],
    [3.33, 'RSD', 333],
    [20.05, 'ALL', 2005],
    [9.99, 'LBP', 999],
    [41.5, 'TWD', 4150],
    [10.5, 'MGA', 1050],
    [12.3456, 'UYW', 123456],
    [7, 'ISK', 7],
    [1.5, 'XAU', 150],
  ])('gives %s %s as %s minor units', (revenue, currency, amount) => {
    expect(inMinorUnits(revenue, currency)).toBe(amount);
  });

  test.each([
    ['17.25', 1725],
    ['-3', -300],
    ['+0.5', 50],
    ['.75', 75],
    [' 8.10 ', 810],
    ['4.', 400],
    ['1.005', 101],
    ['12,50', null],
    ['1.234.567', null],
    ['1e3', null],
    ['EUR 5', null],
    ['-', null],
    ['.', null],
    [true, null],
    [['5'], null],
  ])('reads the text %j as %s', (revenue, amount) => {
    expect(inMinorUnits(revenue, 'EUR')).toBe(amount);
    expect(isAmount(revenue)).toBe(amount !== null);
  });

  test('takes the first of revenue, total and value that is there', () => {
    const currency = 'EUR';
    expect(moneyOf({ revenue: null, total: '7.5', value: 9, currency })).toEqual({ amount: 750, currency });
    expect(moneyOf({ revenue: ' ', total: '', value: 9, currency })).toEqual({ amount: 900, currency });
    expect(moneyOf({ revenue: 'free', total: 7, currency })).toBeNull();
    expect(moneyOf({ revenue: 12 })).toBeNull();
    expect(moneyOf(undefined)).toBeNull();
  });

  test('is exact for numbers with two decimals, as number and as text', () => {
    for (let cents = -1_000_000_000; cents <= 1_000_000_000; cents += 99_991) {
      expect(inMinorUnits(cents / 100, 'EUR')).toBe(cents === 0 ? 0 : cents);
      expect(inMinorUnits((cents / 100).toFixed(2), 'EUR')).toBe(cents === 0 ? 0 : cents);
    }
  });

  test('rounds half away from zero, and what is tiny to nothing', () => {
    expect(inMinorUnits(1e-300, 'EUR')).toBe(0);
    expect(inMinorUnits(4e-3, 'EUR')).toBe(0);
    expect(inMinorUnits(5e-3, 'EUR')).toBe(1);
    expect(inMinorUnits(-5e-3, 'EUR')).toBe(-1);
  });
});
