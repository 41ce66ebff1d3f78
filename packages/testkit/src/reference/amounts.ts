/** What a touchpoint says was paid or given back, by plain arithmetic. */
import type { WorldTouchpoint } from './world.ts';

/** In minor units of the currency; null where there is no amount, or no currency to it. */
export function amountOf({ touchpoint }: { touchpoint: WorldTouchpoint }): {
  currency: string;
  minor: number;
} | null {
  const { revenue, total, value, currency } = touchpoint.properties ?? {};
  const paid = [revenue, total, value].find((one) => isGiven(one));
  if (typeof currency !== 'string' || !isGiven(paid)) return null;
  const code = currency.toUpperCase();
  return { currency: code, minor: scaled(paid, minorDigits(code)) };
}

export function isGiven(value: unknown): value is number | string {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
}

export function scaled(value: number | string, digits: number): number {
  return Math.round(Number(value) * 10 ** digits);
}

export function minorDigits(currency: string): number {
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  return maximumFractionDigits;
}
