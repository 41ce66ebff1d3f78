/** The identified customers behind the sales of periods, and how often they came back: from their purchase days. */
import { sumByPeriod, type LifecycleChanges } from './lifecycle.ts';
import type { Period } from './period.ts';

export interface PeriodCustomers {
  /** Purchases after a customer's first, those of one day as one. */
  repeatTransactions: number;
  /** Null where the range begins within the period: it is not known who of the earlier ones purchased again. */
  customers: number | null;
}

/**
 * @param daily of purchases by day, within the range
 * @param ofPeriod the same by first purchase day in the period
 * @returns by the first day of the period
 */
export function customersOf(
  daily: LifecycleChanges,
  ofPeriod: LifecycleChanges,
  { from, period, weekStart }: { from: number; period: Period; weekStart: string },
): (start: number) => PeriodCustomers {
  const repeats = sumByPeriod([...daily.returning, ...daily.resurrecting], period, weekStart);
  const customers = sumByPeriod(
    [...ofPeriod.first, ...ofPeriod.returning, ...ofPeriod.resurrecting],
    period,
    weekStart,
  );
  return (start) => ({
    repeatTransactions: repeats.get(start) ?? 0,
    customers: start < from ? null : (customers.get(start) ?? 0),
  });
}
