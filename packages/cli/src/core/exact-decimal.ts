/** Numbers from text, exact or not at all: money must not pick up the errors of floats on its way in. */
import { MappingFault } from './mapping-fault.ts';

/** `units / 10^scale` */
export interface ExactDecimal {
  units: bigint;
  scale: number;
}

export interface NumberMarks {
  decimalMark?: string | undefined;
  groupMark?: string | undefined;
}

const plain = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?$/;

/** @throws MappingFault */
export function parseDecimal(text: string, marks: NumberMarks = {}): ExactDecimal {
  let plainText = text.trim();
  if (marks.groupMark !== undefined) plainText = plainText.replaceAll(marks.groupMark, '');
  if (marks.decimalMark !== undefined && marks.decimalMark !== '.') {
    if (plainText.includes('.')) throw notANumber(text);
    plainText = plainText.replace(marks.decimalMark, '.');
  }
  const parts = plain.exec(plainText.startsWith('.') ? `0${plainText}` : plainText);
  if (parts === null) throw notANumber(text);
  const fraction = (parts[3] ?? '').replace(/0+$/, '');
  const units = BigInt(`${parts[2] ?? ''}${fraction}`);
  return { units: parts[1] === '-' ? -units : units, scale: fraction.length };
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
