/** What a touchpoint says in numbers about a transaction: the amounts, the units, and where it was made. */
import { minorUnitsOf, thousandthsOf } from '@throughline/contracts';
import { moneyOf } from './money.ts';

export interface TransactionNumbers {
  /** ISO 4217; null where no amount has one. */
  currency: string | null;
  /** Minor units of the currency, as the four that follow; negative for what was given back. */
  amount: number | null;
  tax: number | null;
  discount: number | null;
  cost: number | null;
  /** In thousandths, since some goods are sold by weight: floats would sum differently in another order. */
  units: number | null;
  store: string | null;
  register: string | null;
}

export const noNumbers: TransactionNumbers = Object.freeze({
  currency: null,
  amount: null,
  tax: null,
  discount: null,
  cost: null,
  units: null,
  store: null,
  register: null,
});

const maxPlaceLength = 100;

export function transactionNumbersOf(
  properties: Readonly<Record<string, unknown>> | null,
): TransactionNumbers {
  if (properties === null) return noNumbers;
  const money = moneyOf(properties);
  const units = unitsOf(properties);
  const store = placeOf(properties['store']);
  const register = placeOf(properties['register']);
  if (money === null && units === null && store === null && register === null) return noNumbers;
  const currency = money?.currency ?? null;
  const part = (name: string) => (currency === null ? null : minorUnitsOf(properties[name], currency));
  return {
    currency,
    amount: money?.amount ?? null,
    tax: part('tax'),
    discount: part('discount'),
    cost: part('cost'),
    units,
    store,
    register,
  };
}

/** `units`, else the sum of the quantities of `products`. Null where neither is given. */
function unitsOf(properties: Readonly<Record<string, unknown>>): number | null {
  const own = thousandthsOf(properties['units']);
  if (own !== null) return own;
  const { products } = properties;
  if (!Array.isArray(products)) return null;
  let sum: number | null = null;
  for (const product of products as unknown[]) {
    if (typeof product !== 'object' || product === null || !('quantity' in product)) continue;
    const quantity = thousandthsOf(product.quantity);
    if (quantity !== null) sum = (sum ?? 0) + quantity;
  }
  return sum !== null && Number.isSafeInteger(sum) ? sum : null;
}

/** Stores and registers have names or numbers. */
function placeOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return null;
  const place = value.trim();
  return place === '' || place.length > maxPlaceLength ? null : place;
}
