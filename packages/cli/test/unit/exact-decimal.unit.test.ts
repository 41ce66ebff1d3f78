import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDecimals,
  fromMinorUnits,
  parseDecimal,
  toMinorUnits,
  toNumber,
} from '../../src/core/exact-decimal.ts';

describe('numbers of a file', () => {
  it('are the doubles that are written with the same digits', () => {
    for (const [text, value] of [
      ['11.77', 11.77],
      ['-0.10', -0.1],
      ['.5', 0.5],
      ['1.005', 1.005],
      ['00012', 12],
      ['0', 0],
    ] as const) {
      expect(toNumber(parseDecimal(text))).toBe(value);
    }
  });

  it('are minor units without the errors of floats', () => {
    expect(toMinorUnits(parseDecimal('1.15'), 2)).toBe(115);
    expect(toMinorUnits(parseDecimal('-20.7'), 2)).toBe(-2070);
    expect(() => toMinorUnits(parseDecimal('1.005'), 2)).toThrow('more than 2 digits');
    expect(fromMinorUnits(parseDecimal('115'), 2)).toBe(1.15);
  });

  it('are read by the marks that the mapping names, and no others', () => {
    expect(toNumber(parseDecimal('1.234,50', { decimalMark: ',', groupMark: '.' }))).toBe(1234.5);
    expect(toNumber(parseDecimal("1'234.5", { groupMark: "'" }))).toBe(1234.5);
    expect(() => parseDecimal('12,50')).toThrow('not a number');
    expect(() => parseDecimal('12.50', { decimalMark: ',' })).toThrow('not a number');
    for (const text of ['', '1e5', 'NaN', '0x10', '1 2', '--1', '1.'])
      expect(() => parseDecimal(text)).toThrow();
  });

  it('are refused when a double cannot keep them', () => {
    expect(() => toNumber(parseDecimal('1234567890.1234567'))).toThrow('too many');
  });

  it('are rounded half away from zero where the mapping says so', () => {
    const rounded = (text: string): number => toNumber(parseDecimal(text, { round: 2 }));
    expect(['0.005', '-0.005', '2.00999999999999979', '1.2', '0.0049'].map(rounded)).toEqual([
      0.01, -0.01, 2.01, 1.2, 0,
    ]);
  });

  it('add up exactly', () => {
    const textOf = (cents: number): string =>
      `${cents < 0 ? '-' : ''}${Math.trunc(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -999_999, max: 999_999 }), { minLength: 1, maxLength: 50 }),
        (cents) => {
          const sum = cents.map((one) => parseDecimal(textOf(one))).reduce(addDecimals);
          expect(toMinorUnits(sum, 2)).toBe(cents.reduce((total, one) => total + one, 0));
        },
      ),
    );
  });
});
