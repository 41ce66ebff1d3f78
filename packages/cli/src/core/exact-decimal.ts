/** Numbers from text, exact or not at all: money must not pick up the errors of floats on its way in. */
import { MappingFault } from './mapping-fault.ts';

/** `units / 10^scale` */
export interface ExactDecimal {
  units: bigint;
  scale: number;
}

export interface NumberReading {
  decimalMark?: string | undefined;
  groupMark?: string | undefined;
  /** Digits behind the point to round to, half away from zero: for files that were written from floats. */
  round?: number | undefined;
}

const fractionOf = (mark: string): string => `(?:[${mark}](?<fraction>\\d{1,30}))?`;

/**
 * A mark in a mapping stands for what programs write for it: Excel and Intl group by no-break spaces where a person
 * types a space, and Swiss locales by U+2019 where a person types an apostrophe.
 */
const groupMarks: Readonly<Record<string, string>> = {
  '.': '.',
  ',': ',',
  ' ': ' \u00a0\u2009\u202f',
  "'": "'\u2019",
};

/**
 * A group mark parts groups of three digits, in India the upper ones of two; the first is not zero. Anything else is
 * refused: with the group mark `,`, `12,50` and `0,123` were most likely written with a decimal comma, and leaving the
 * comma out would make a hundred times the amount of it.
 */
function patternOf({ decimalMark, groupMark }: NumberReading): RegExp {
  const digits = ['\\d{1,30}'];
  if (groupMark !== undefined) {
    const mark = `[${groupMarks[groupMark] ?? groupMark}]`;
    digits.push(`[1-9]\\d{0,2}(?:${mark}\\d{3}){1,9}`, `[1-9]\\d?(?:${mark}\\d{2}){1,9}${mark}\\d{3}`);
  }
  // The point is not a decimal mark where it groups.
  const point = decimalMark ?? (groupMark === '.' ? undefined : '.');
  const fraction = point === undefined ? '' : fractionOf(point);
  const withoutWhole = point === undefined ? '' : `|(?=[${point}]\\d)`;
  return new RegExp(`^(?<sign>[+-]?)(?<whole>${digits.join('|')}${withoutWhole})${fraction}$`);
}

/** By a mapping's marks; a mapping is read for every row. */
const patterns = new Map<string, RegExp>();

function findPattern(reading: NumberReading): RegExp {
  const key = `${reading.decimalMark ?? ''}|${reading.groupMark ?? ''}`;
  let pattern = patterns.get(key);
  if (pattern === undefined) {
    pattern = patternOf(reading);
    patterns.set(key, pattern);
  }
  return pattern;
}

/** @throws MappingFault */
export function parseDecimal(text: string, reading: NumberReading = {}): ExactDecimal {
  const groups = findPattern(reading).exec(text.trim())?.groups;
  if (groups === undefined) throw notANumber(text);
  const whole = (groups['whole'] ?? '').replaceAll(/\D/g, '');
  const fraction = (groups['fraction'] ?? '').replace(/0+$/, '');
  const units = BigInt(`${whole}${fraction}`);
  const decimal = { units: groups['sign'] === '-' ? -units : units, scale: fraction.length };
  return reading.round === undefined ? decimal : roundDecimal(decimal, reading.round);
}

export function roundDecimal({ units, scale }: ExactDecimal, digits: number): ExactDecimal {
  if (scale <= digits) return { units, scale };
  const divisor = 10n ** BigInt(scale - digits);
  const half = (divisor / 2n) * (units < 0n ? -1n : 1n);
  return { units: (units + half) / divisor, scale: digits };
}

export function addDecimals(left: ExactDecimal, right: ExactDecimal): ExactDecimal {
  const scale = Math.max(left.scale, right.scale);
  return {
    units: left.units * 10n ** BigInt(scale - left.scale) + right.units * 10n ** BigInt(scale - right.scale),
    scale,
  };
}

export function multiplyDecimals(left: ExactDecimal, right: ExactDecimal): ExactDecimal {
  const product = { units: left.units * right.units, scale: left.scale + right.scale };
  return withoutTrailingZeros(product);
}

/** 2 times 1.50 is 3, not 3.00: digits that say nothing are no reason to refuse a number. */
function withoutTrailingZeros({ units, scale }: ExactDecimal): ExactDecimal {
  let [shorter, digits] = [units, scale];
  for (; digits > 0 && shorter % 10n === 0n; digits -= 1) shorter /= 10n;
  return { units: shorter, scale: digits };
}

/** The double that is written with the same digits. @throws MappingFault when there is none */
export function toNumber({ units, scale }: ExactDecimal): number {
  const digits = String(units < 0n ? -units : units);
  // Every decimal of up to 15 digits survives the way into a double and back.
  if (digits.length > 15)
    throw new MappingFault('number_not_exact', `${digits.length} digits are too many for a number`);
  const padded = digits.padStart(scale + 1, '0');
  const text = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  const value = Number(text);
  return units < 0n ? -value : value;
}

/** 12.34 with two digits is 1234. @throws MappingFault when something would be cut off */
export function toMinorUnits(decimal: ExactDecimal, digits: number): number {
  if (decimal.scale > digits) {
    throw new MappingFault('number_not_exact', `it has more than ${digits} digits behind the point`);
  }
  return toNumber({ units: decimal.units * 10n ** BigInt(digits - decimal.scale), scale: 0 });
}

/** 1234 with two digits is 12.34. */
export function fromMinorUnits(decimal: ExactDecimal, digits: number): number {
  return toNumber({ units: decimal.units, scale: decimal.scale + digits });
}

function notANumber(text: string): MappingFault {
  return new MappingFault('not_a_number', `${JSON.stringify(text.slice(0, 40))} is not a number`);
}
