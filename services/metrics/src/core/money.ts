/**
 * The amount of a touchpoint in integer minor units. Read from the decimal digits of the number, since a product of
 * floats is not exact: 1.005 * 100 is 100.49999999999999.
 */

export interface Money {
  /** Integer, minor units; negative for refunds. */
  amount: number;
  /** ISO 4217 */
  currency: string;
}

const minorDigits = new Map<string, number>();

/** `revenue`, else `total` or `value`, of Segment's e-commerce events; null without a currency or an exact amount. */
export function moneyOf(properties: Readonly<Record<string, unknown>> | undefined): Money | null {
  if (properties === undefined) return null;
  const currency = properties['currency'];
  if (typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)) return null;
  const value = properties['revenue'] ?? properties['total'] ?? properties['value'];
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const code = currency.toUpperCase();
  const amount = toMinorUnits(value, digitsOf(code));
  return amount === null ? null : { amount, currency: code };
}

/** Rounds half away from zero. Null beyond the safe integers. */
export function toMinorUnits(value: number, digits: number): number | null {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toString().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = digits + Number(exponent) - fraction.length;
  if (shift > 20) return null;
  const units = BigInt(whole + fraction);
  const scaled = shift >= 0 ? units * 10n ** BigInt(shift) : divideRounded(units, -shift);
  const amount = Number(scaled);
  if (!Number.isSafeInteger(amount)) return null;
  return value < 0 && amount !== 0 ? -amount : amount;
}

function divideRounded(units: bigint, places: number): bigint {
  if (places > 400) return 0n;
  const divisor = 10n ** BigInt(places);
  return (units + divisor / 2n) / divisor;
}

/** Currencies that Intl does not know have two. */
function digitsOf(currency: string): number {
  let digits = minorDigits.get(currency);
  if (digits === undefined) {
    const options = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    digits = options.maximumFractionDigits ?? 2;
    minorDigits.set(currency, digits);
  }
  return digits;
}
