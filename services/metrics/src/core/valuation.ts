/**
 * What customers are worth by the end of a closed day, as it is stored: exact counts and sums of classes, of shares and of
 * scores, and no names. Ratios, segments and averages are made from them when they are asked for.
 */

/** Sums of sales by the end of the day; amounts are minor units of one currency, refunds are negative. */
export interface ValueSums {
  customers: number;
  orders: number;
  revenue: number;
  refunded: number;
  cost: number;
}

export const valueClasses = ['A', 'B', 'C'] as const;
export type ValueClass = (typeof valueClasses)[number];

/** The shares of revenue, in percent, at which the classes A and B end. */
export const classShares = { A: 80, B: 95 } as const;

export interface ClassSums extends ValueSums {
  class: ValueClass;
  /** Smallest net revenue in the class. */
  smallest: number;
}

/** The first `customers` by net revenue, and what they brought in; negative net revenue counts as nothing. */
export interface ParetoPoint {
  percent: number;
  customers: number;
  net: number;
}

/** Customers with the same three scores, each from 1 to 5. */
export interface ScoreCell {
  recency: number;
  frequency: number;
  monetary: number;
  customers: number;
  orders: number;
  net: number;
}

/** Values from which on a score is 2, 3, 4 and 5; of recency, in days since the last sale, 4, 3, 2 and 1. */
export interface ScoreBounds {
  recency: number[];
  frequency: number[];
  monetary: number[];
}

export interface CurrencyValuation {
  /** In the order of `valueClasses`; without those that have no customers. */
  classes: ClassSums[];
  pareto: ParetoPoint[];
  bounds: ScoreBounds;
  cells: ScoreCell[];
}

/** By currency. */
export type Valuation = Record<string, CurrencyValuation>;

export function addSums(parts: readonly ValueSums[]): ValueSums {
  const sum = (name: keyof ValueSums): number => parts.reduce((total, part) => total + part[name], 0);
  return {
    customers: sum('customers'),
    orders: sum('orders'),
    revenue: sum('revenue'),
    refunded: sum('refunded'),
    cost: sum('cost'),
  };
}
