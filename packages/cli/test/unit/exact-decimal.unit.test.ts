import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDecimals,
  fromMinorUnits,
  parseDecimal,
  toMinorUnits,
  toNumber,
} from '../../src/core/exact-decimal.ts';

describe('a number of a file', () => {
  test('is the double that is written with the same digits', () => {
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

  test('becomes minor units without the errors of floats', () => {
    expect(toMinorUnits(parseDecimal('1.15'), 2)).toBe(115);
    expect(toMinorUnits(parseDecimal('-20.7'), 2)).toBe(-2070);
    expect(() => toMinorUnits(parseDecimal('1.005'), 2)).toThrow('more than 2 digits');
    expect(fromMinorUnits(parseDecimal('115'), 2)).toBe(1.15);
  });

  test('is read by the marks that the mapping names, and no others', () => {
    expect(toNumber(parseDecimal('1.234,50', { decimalMark: ',', groupMark: '.' }))).toBe(1234.5);
    expect(toNumber(parseDecimal("1'234.5", { groupMark: "'" }))).toBe(1234.5);
    expect(() => parseDecimal('12,50')).toThrow('not a number');
    expect(() => parseDecimal('12.50', { decimalMark: ',' })).toThrow('not a number');
    for (const text of ['', '1e5', 'NaN', '0x10', '1 2', '--1', '1.'])
      expect(() => parseDecimal(text)).toThrow();
  });

  test('may have its groups parted by the group mark: of three digits, in India the upper ones of two', () => {
    for (const [text, groupMark, value] of [
      ['7,654,321.09', ',', 7_654_321.09],
      ['45,678', ',', 45_678],
      ['7,65,43,210.5', ',', 76_543_210.5],
      ['-9 876,5', ' ', -9_876.5],
      ['9\u00a0876\u00a0543,5', ' ', 9_876_543.5],
      ['9\u202f876,5', ' ', 9_876.5],
      ['9\u2019876.5', "'", 9_876.5],
      ['65.432', '.', 65_432],
      ['876.25', ',', 876.25],
    ] as const) {
      const decimalMark = text.includes(',') && groupMark === ' ' ? ',' : undefined;
      expect(toNumber(parseDecimal(text, { groupMark, decimalMark }))).toBe(value);
    }
  });

  test('is refused where the group mark stands between no groups of three: it was a decimal mark', () => {
    for (const [text, groupMark] of [
      ['73,40', ','],
      ['8,9', ','],
      ['0,875', ','],
      ['1,2345', ','],
      ['1234,567', ','],
      ['1,,234', ','],
      ['1,234,56', ','],
      [',234', ','],
      ['1.234,567', ','],
      ['37.80', '.'],
      ['6.5', '.'],
      ['12 34', ' '],
      ["1'23", "'"],
    ] as const) {
      expect(() => parseDecimal(text, { groupMark }), text).toThrow('not a number');
    }
    expect(() => parseDecimal('37.80', { groupMark: '.', decimalMark: ',' })).toThrow('not a number');
  });

  test('is what any grouping by threes of its digits says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.constantFrom(',', '.', ' ', "'"),
        (whole, groupMark) => {
          const decimalMark = groupMark === ',' ? '.' : ',';
          const text = `${whole.toLocaleString('en-US').replaceAll(',', groupMark)}${decimalMark}25`;
          expect(toNumber(parseDecimal(text, { groupMark, decimalMark }))).toBe(whole + 0.25);
        },
      ),
    );
  });

  test('may begin with its decimal mark, behind a sign too', () => {
    expect(['-.75', '+.75', '.75'].map((text) => toNumber(parseDecimal(text)))).toEqual([-0.75, 0.75, 0.75]);
    expect(toNumber(parseDecimal('-,75', { decimalMark: ',', groupMark: '.' }))).toBe(-0.75);
    for (const text of ['.', '-.', '-', '+', '..5']) expect(() => parseDecimal(text), text).toThrow();
  });

  test('is refused when a double cannot keep it', () => {
    expect(() => toNumber(parseDecimal('1234567890.1234567'))).toThrow('too many');
  });

  test('is rounded half away from zero where the mapping says so', () => {
    const rounded = (text: string): number => toNumber(parseDecimal(text, { round: 2 }));
    expect(['0.005', '-0.005', '2.00999999999999979', '1.2', '0.0049'].map(rounded)).toEqual([
      0.01, -0.01, 2.01, 1.2, 0,
    ]);
  });

  test('adds up exactly', () => {
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
