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

const plain = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?$/;

/** @throws MappingFault */
export function parseDecimal(text: string, reading: NumberReading = {}): ExactDecimal {
  let plainText = text.trim();
  if (reading.groupMark !== undefined) plainText = plainText.replaceAll(reading.groupMark, '');
  if (reading.decimalMark !== undefined && reading.decimalMark !== '.') {
    if (plainText.includes('.')) throw notANumber(text);
    plainText = plainText.replace(reading.decimalMark, '.');
  }
  const parts = plain.exec(plainText.startsWith('.') ? `0${plainText}` : plainText);
  if (parts === null) throw notANumber(text);
  const fraction = (parts[3] ?? '').replace(/0+$/, '');
  const units = BigInt(`${parts[2] ?? ''}${fraction}`);
  const decimal = { units: parts[1] === '-' ? -units : units, scale: fraction.length };
  return reading.round === undefined ? decimal : roundDecimal(decimal, reading.round);
}

function roundDecimal({ units, scale }: ExactDecimal, digits: number): ExactDecimal {
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
