/** Decimal text in major units as an integer of minor ones. Undefined where a fraction of them would be lost. */
import { amountText, minorUnitsOf } from '@throughline/contracts';

export function exactMinorUnits(value: unknown, currency: string): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const amount = minorUnitsOf(text, currency);
  if (amount === null) return undefined;
  return canonical(amountText({ amount, currency })) === canonical(text) ? amount : undefined;
}

/** Without a plus, leading zeros and the zeros behind the last decimal. */
function canonical(text: string): string {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text.trim()) ?? [];
  const digits = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}
