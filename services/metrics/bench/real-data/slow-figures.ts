/** Growth and month cohorts of purchases, counted customer by customer and day by day: no intervals, nothing kept. */
import type { Purchase } from './purchase-files.ts';

const dayMs = 86_400_000;
export const numberOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / dayMs;
export const dayOf = (number: number): string => new Date(number * dayMs).toISOString().slice(0, 10);

export type GrowthRow = readonly [
  customersAtStart: number,
  active: number,
  retained: number,
  churned: number,
  fresh: number,
  reactivated: number,
];

/** By day. */
export function slowGrowth(
  purchases: readonly Purchase[],
  window: number,
  { from, to }: { from: string; to: string },
): Map<string, GrowthRow> {
  const customers = [...daysByCustomer(purchases).values()];
  const isActive = (days: readonly number[], day: number): boolean =>
    days.some((one) => day - window < one && one <= day);
  const rows = new Map<string, GrowthRow>();
  for (let day = numberOf(from); day <= numberOf(to); day += 1) {
    const row: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0];
    for (const days of customers) {
      const [before, now] = [isActive(days, day - window), isActive(days, day)];
      if (before) row[0] += 1;
      if (now) row[1] += 1;
      if (before && now) row[2] += 1;
      if (before && !now) row[3] += 1;
      if (now && !before) row[(days[0] ?? 0) > day - window ? 4 : 5] += 1;
    }
    rows.set(dayOf(day), row);
  }
  return rows;
}

export interface SlowCohort {
  size: number;
  /** Customers with a purchase in the month, the cohort's own first; and what they spent. */
  customers: number[];
  cents: number[];
}

/** By the first day of the month. */
export function slowMonthCohorts(purchases: readonly Purchase[], months: number): Map<string, SlowCohort> {
  const cohorts = new Map<string, SlowCohort>();
  const monthOf = (day: string): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
  for (const own of Map.groupBy(purchases, ({ customer }) => customer).values()) {
    const first = own.map(({ day }) => day).toSorted()[0] ?? '';
    const name = `${first.slice(0, 7)}-01`;
    const zeros = () => Array.from({ length: months + 1 }, () => 0);
    const cohort = cohorts.get(name) ?? { size: 0, customers: zeros(), cents: zeros() };
    cohort.size += 1;
    for (let month = 0; month <= months; month += 1) {
      const spent = own.filter(({ day }) => monthOf(day) === monthOf(first) + month);
      cohort.customers[month] = (cohort.customers[month] ?? 0) + (spent.length > 0 ? 1 : 0);
      cohort.cents[month] = (cohort.cents[month] ?? 0) + spent.reduce((sum, { cents }) => sum + cents, 0);
    }
    cohorts.set(name, cohort);
  }
  return cohorts;
}

function daysByCustomer(purchases: readonly Purchase[]): Map<string, number[]> {
  const days = new Map<string, number[]>();
  for (const { customer, day } of purchases)
    days.set(customer, [...(days.get(customer) ?? []), numberOf(day)]);
  for (const [customer, own] of days)
    days.set(
      customer,
      [...new Set(own)].sort((left, right) => left - right),
    );
  return days;
}
