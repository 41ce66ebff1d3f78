import { expect, test } from 'vitest';
import { maxGroups, reportPeriods, reportSales } from '../../src/core/sales-report.ts';
import type { SalesMeasure } from '../../src/core/sales-sums.ts';

const change = (day: number, measure: SalesMeasure, amount: number, group: string | null = null) => ({
  day,
  measure,
  amount,
  group,
  store: null,
  currency: 'EUR',
});
const question = { from: 1, to: 3, period: 'day', weekStart: 'monday', today: 3 } as const;

test('every period of the range has a row, and the running one is partial', () => {
  const changes = [change(2, 'sales', 2), change(2, 'revenue', 900), change(2, 'units', 1_500)];
  const nothing = { transactions: 0, refunds: 0, units: 0, currencies: {} };
  expect(reportPeriods([...changes, change(2, 'refunded', -100), change(2, 'refunds', 1)], question)).toEqual(
    [
      { start: 1, ...nothing, partial: false },
      {
        start: 2,
        transactions: 2,
        refunds: 1,
        units: 1.5,
        currencies: { EUR: { revenue: 900, refunds: -100, net: 800, tax: 0, discount: 0, cost: 0 } },
        partial: false,
      },
      { start: 3, ...nothing, partial: true },
    ],
  );
});

test('a period of which days are not asked for is partial', () => {
  const [only] = reportPeriods([], { ...question, period: 'month', today: 1_000 });
  expect(only).toMatchObject({ start: 0, partial: true });
  const whole = reportPeriods([], { ...question, from: 0, to: 30, period: 'month', today: 1_000 });
  expect(whole).toMatchObject([{ start: 0, partial: false }]);
});

test('the groups with most transactions are named, and the others are summed', () => {
  const changes = Array.from({ length: maxGroups + 3 }, (_value, index) =>
    change(2, 'sales', 1_000 - index, `store ${index}`),
  );
  const groups = reportSales([...changes, change(2, 'sales', 5_000)], question);
  expect(groups).toHaveLength(maxGroups + 1);
  expect(groups[0]).toMatchObject({ group: null });
  expect(groups[1]).toMatchObject({ group: 'store 0' });
  const named = new Set(groups.map(({ group }) => group));
  const rest = changes.filter(({ group }) => !named.has(group)).reduce((sum, { amount }) => sum + amount, 0);
  expect(rest).toBeGreaterThan(0);
  expect(groups.at(-1)).toMatchObject({ group: 'other' });
  expect(groups.at(-1)?.periods[1]?.transactions).toBe(rest);
});

test('equal numbers of registers in two stores are two groups', () => {
  const of = (store: string) => ({ ...change(1, 'sales', 1, '1'), store });
  expect(reportSales([of('North'), of('South'), of('North')], question)).toMatchObject([
    { store: 'North', group: '1', periods: [{ transactions: 2 }, {}, {}] },
    { store: 'South', group: '1', periods: [{ transactions: 1 }, {}, {}] },
  ]);
});
