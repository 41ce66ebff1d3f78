/**
 * The amount of a touchpoint in integer minor units, and what counts as an amount at all: ingest refuses a `revenue` that
 * is none, metrics adds those that are some, so both ask here. Read from decimal digits, since a product of floats is not
 * exact: 1.005 * 100 is 100.49999999999999.
 */
import { minorDigitsOf } from './currency-minor-digits.ts';

export interface Money {
  /** Integer, minor units; negative for refunds. */
  amount: number;
  /** ISO 4217 */
  currency: string;
}

/** `units * 10^exponent`, negated when `isNegative`. */
interface Decimal {
  isNegative: boolean;
  units: bigint;
  exponent: number;
}

// Shops send amounts as text, with a point; a comma could mean thousands as well as decimals, so it means nothing.
const decimalText = /^([+-]?)(?:(\d{1,15})(?:\.(\d{0,15}))?|\.(\d{1,15}))$/;

/** Whether a value is an amount: a finite number, or decimal digits as text such as `12.50`, `-3` or `.5`. */
export function isAmount(value: unknown): value is number | string {
  return parseDecimal(value) !== null;
}

/**
 * `revenue`, else `total`, else `value` of Segment's e-commerce events; null and blank are absent. Null without a
 * currency, without an amount, or beyond the safe integers.
 */
export function moneyOf(properties: Readonly<Record<string, unknown>> | undefined): Money | null {
  if (properties === undefined) return null;
  const currency = properties['currency'];
  if (typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)) return null;
  const fields = [properties['revenue'], properties['total'], properties['value']];
  const decimal = parseDecimal(fields.find((field) => !isBlank(field)));
  if (decimal === null) return null;
  const code = currency.toUpperCase();
  const amount = toMinorUnits(decimal, minorDigitsOf(code));
  return amount === null ? null : { amount, currency: code };
}

/** One amount in the currency's minor units; null when it is absent, no amount, or beyond the safe integers. */
export function minorUnitsOf(value: unknown, currency: string): number | null {
  const decimal = parseDecimal(value);
  return decimal === null ? null : toMinorUnits(decimal, minorDigitsOf(currency));
}

/** A quantity in thousandths, so that sums are exact; rounds half away from zero. Null like `minorUnitsOf`. */
export function thousandthsOf(value: unknown): number | null {
  const decimal = parseDecimal(value);
  return decimal === null ? null : toMinorUnits(decimal, 3);
}

/** An amount of minor units in major ones, exactly: 1250 of EUR is `12.50`, of JPY `1250`. The inverse of `moneyOf`. */
export function amountText({ amount, currency }: Money): string {
  const digits = minorDigitsOf(currency);
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  const sign = amount < 0 ? '-' : '';
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function parseDecimal(value: unknown): Decimal | null {
  if (typeof value === 'number') return Number.isFinite(value) ? decimalOfNumber(value) : null;
  if (typeof value !== 'string' || value.length > 40) return null;
  const parts = decimalText.exec(value.trim());
  if (parts === null) return null;
  const fraction = parts[3] ?? parts[4] ?? '';
  return {
    isNegative: parts[1] === '-',
    units: BigInt((parts[2] ?? '') + fraction || '0'),
    exponent: -fraction.length,
  };
}

/** The shortest digits that read back as the number, which are those that were sent. */
function decimalOfNumber(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toString().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return {
    isNegative: value < 0,
    units: BigInt(whole + fraction),
    exponent: Number(exponent) - fraction.length,
  };
}

/** Rounds half away from zero. Null beyond the safe integers. */
function toMinorUnits({ isNegative, units, exponent }: Decimal, digits: number): number | null {
  const shift = digits + exponent;
  if (shift > 20) return units === 0n ? 0 : null;
  const amount = Number(shift >= 0 ? units * 10n ** BigInt(shift) : divideRounded(units, -shift));
  if (!Number.isSafeInteger(amount)) return null;
  return isNegative && amount !== 0 ? -amount : amount;
}

function divideRounded(units: bigint, places: number): bigint {
  if (places > 400) return 0n;
  const divisor = 10n ** BigInt(places);
  return (units + divisor / 2n) / divisor;
}
