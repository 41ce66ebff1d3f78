/**
 * What records of transactions sum up to. A sale is counted gross, what was given back apart and negative; tax, discount, cost
 * and units are those of sales less those of refunds.
 */
import type { Trust } from '@throughline/contracts';
import { figureChannelOf } from './figure-channel.ts';
import type { TransactionNumbers } from './transaction-numbers.ts';

/** In the order of the columns. Amounts are minor units of one currency, units are thousandths. */
export const salesMeasures = [
  'sales',
  'refunds',
  'units',
  'revenue',
  'refunded',
  'tax',
  'discount',
  'cost',
] as const;
export type SalesMeasure = (typeof salesMeasures)[number];
export type SalesSums = Readonly<Record<SalesMeasure, number>>;

export type CountedRole = 'sale' | 'refund';

/** Where a sale was made, as far as figures distinguish sales. */
export interface SalesPlace {
  /** ISO 4217; blank for what has no amount. */
  currency: string;
  store: string | null;
  register: string | null;
  channel: string | null;
}

export function salesSumsOf(role: CountedRole, numbers: TransactionNumbers): SalesSums {
  const { amount, units, tax, discount, cost } = numbers;
  if (role === 'sale') {
    return {
      sales: 1,
      refunds: 0,
      units: units ?? 0,
      revenue: amount ?? 0,
      refunded: 0,
      tax: tax ?? 0,
      discount: discount ?? 0,
      cost: cost ?? 0,
    };
  }
  return {
    sales: 0,
    refunds: 1,
    units: givenBack(units),
    revenue: 0,
    refunded: givenBack(amount),
    tax: givenBack(tax),
    discount: givenBack(discount),
    cost: givenBack(cost),
  };
}

/** Some send what they give back as a negative number, some as a positive one. */
function givenBack(value: number | null): number {
  return value === null || value === 0 ? 0 : -Math.abs(value);
}

/** Stores and registers only from sources that the deployment trusts: each is a figure, and a public key could name a million. */
export function salesPlaceOf(
  numbers: Pick<TransactionNumbers, 'currency' | 'store' | 'register'>,
  { channel, trust }: { channel: string | null; trust: Trust },
): SalesPlace {
  const { store, register } = numbers;
  const currency = numbers.currency ?? '';
  const isTrusted = trust === 'server';
  return {
    currency,
    store: isTrusted ? store : null,
    register: isTrusted ? register : null,
    channel: figureChannelOf({ channel, trust }),
  };
}
