import { moneyOf } from '@throughline/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extendedPrice, sumOfQuantities } from '../../../src/core/pos/extended-price.ts';
import { accepted, rejected, sale } from './receipt-decisions.ts';

describe('amounts that disagree', () => {
  test.each([
    [
      { total: 500 },
      'total',
      '498 (4.98 EUR), by lines less discounts plus rounding; the receipt says 500 (5.00 EUR), a difference of 2 (0.02 EUR)',
    ],
    [{ change: 0 }, 'tenders', 'a difference of 2 (0.02 EUR)'],
    [{ tip: 5 }, 'tenders', 'a difference of -5 (-0.05 EUR)'],
    [
      { lines: [{ quantity: 3, unitPrice: 166, total: 499 }] },
      'lines[0].total',
      'a difference of 1 (0.01 EUR)',
    ],
    [{ tax: 100, lines: [{ unitPrice: 498, tax: 79 }] }, 'tax', 'a difference of 21 (0.21 EUR)'],
    [{ pricesIncludeTax: false, tax: 79 }, 'total', 'a difference of -79 (-0.79 EUR)'],
  ])('are rejected with the difference: %j', (changes, field, difference) => {
    const rejection = rejected({ ...sale, ...changes });
    expect(rejection).toMatchObject({ code: 'amounts_disagree', field });
    expect(rejection.expected).toContain(difference);
  });

  test('of a refund are those that do not go back', () => {
    expect(rejected({ ...sale, kind: 'refund' })).toMatchObject({ code: 'invalid_field', field: 'total' });
  });
});

describe('amounts that agree', () => {
  test.each([
    ['a line that is rounded down', { lines: [{ quantity: 0.5, unitPrice: 997, total: 498 }] }],
    ['a line that is rounded up', { lines: [{ quantity: 0.5, unitPrice: 995, total: 498 }] }],
    ['a line with only a total', { lines: [{ quantity: 31.72, total: 498 }] }],
    ['a discount of the receipt', { lines: [{ unitPrice: 600 }], discounts: [{ amount: 102 }] }],
    ['cash that is rounded', { lines: [{ unitPrice: 499 }], rounding: -1 }],
    ['taxes beside the prices', { lines: [{ unitPrice: 450, tax: 48 }], pricesIncludeTax: false }],
    [
      'taxes rounded by rate',
      {
        lines: [
          { unitPrice: 249, tax: 40 },
          { unitPrice: 249, tax: 40 },
        ],
        tax: 79,
      },
    ],
    [
      'an exchange',
      { lines: [{ unitPrice: 600 }, { quantity: -1, unitPrice: 112, discounts: [{ amount: -10 }] }] },
    ],
    ['no tenders', { tenders: undefined, change: undefined }],
    ['no lines', { lines: [] }],
  ])('are those of %s', (_what, changes) => {
    expect(accepted({ ...sale, ...changes }).properties).toMatchObject({ total: '4.98' });
  });

  test('say the cost only when every line does', () => {
    const lines = [{ unitPrice: 298, cost: 100 }, { unitPrice: 200 }];
    expect(accepted({ ...sale, lines }).properties).not.toHaveProperty('cost');
    const whole = [
      { unitPrice: 298, cost: 100 },
      { unitPrice: 200, cost: 55 },
    ];
    expect(accepted({ ...sale, lines: whole }).properties).toMatchObject({ cost: '1.55' });
  });
});

const digits = { JPY: 0, EUR: 2, USD: 2, KWD: 3, CLF: 4 } as const;
const currency = fc.constantFrom('JPY', 'EUR', 'USD', 'KWD', 'CLF');
const thousandths = fc.integer({ min: -20_000, max: 20_000 }).map((value) => value / 1_000);
const line = fc.record({
  quantity: thousandths,
  unitPrice: fc.integer({ min: 0, max: 10_000_000 }),
  discount: fc.integer({ min: 0, max: 500 }),
});

describe('whatever a till sells', () => {
  test('a receipt whose lines, total and tenders are computed exactly is accepted, with the same amount', () => {
    fc.assert(
      fc.property(currency, fc.array(line, { minLength: 1, maxLength: 30 }), (code, sold) => {
        const lines = sold.map(({ discount, ...rest }) => ({ ...rest, discounts: [{ amount: discount }] }));
        const total = sold.reduce(
          (sum, { quantity, unitPrice, discount }) =>
            sum + extendedPrice(unitPrice, quantity).rounded - discount,
          0,
        );
        const receipt = {
          ...sale,
          currency: code,
          lines,
          total,
          tenders: [{ type: 'card', amount: total }],
          change: 0,
        };
        const { properties } = accepted(receipt);
        expect(moneyOf(properties)).toEqual({ amount: total, currency: code });
        expect(String(properties?.['total']).split('.')[1]?.length ?? 0).toBe(digits[code]);
      }),
    );
  });

  test('a receipt is rejected when its total is off by any number of minor units', () => {
    fc.assert(
      fc.property(
        currency,
        fc.integer({ min: -1_000, max: 1_000 }).filter((by) => by !== 0),
        (code, by) => {
          const receipt = { ...sale, currency: code, total: 498 + by, tenders: undefined, change: 0 };
          expect(rejected(receipt)).toMatchObject({ code: 'amounts_disagree', field: 'total' });
        },
      ),
    );
  });

  test('quantity times price is rounded half away from zero, by the digits and not by floats', () => {
    expect(extendedPrice(145, 0.1).rounded).toBe(15);
    expect(extendedPrice(1005, 0.1)).toEqual({ rounded: 101, isExact: false, lower: 100, upper: 101 });
    expect(extendedPrice(1005, -0.1)).toEqual({ rounded: -101, isExact: false, lower: -101, upper: -100 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), thousandths, (unitPrice, quantity) => {
        const milli = BigInt(Math.round(quantity * 1_000)) * BigInt(unitPrice);
        const { rounded, lower, upper, isExact } = extendedPrice(unitPrice, quantity);
        expect(isExact).toBe(milli % 1_000n === 0n);
        expect(Math.abs(Number(milli - BigInt(rounded) * 1_000n))).toBeLessThanOrEqual(500);
        expect(upper - lower).toBe(isExact ? 0 : 1);
        expect(BigInt(lower) * 1_000n <= milli && milli <= BigInt(upper) * 1_000n).toBe(true);
      }),
    );
  });

  test('quantities add up without the dust of floats', () => {
    expect(sumOfQuantities([0.1, 0.2, 0.3])).toBe(0.6);
  });
});
