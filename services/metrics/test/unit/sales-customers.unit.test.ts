import { expect, test } from 'vitest';
import { customersOf } from '../../src/core/sales-customers.ts';

const changes = (first: number[], returning: number[], resurrecting: number[]) => {
  const toChanges = (days: number[]) => days.map((day) => ({ day, amount: 1 }));
  return {
    first: toChanges(first),
    returning: toChanges(returning),
    resurrecting: toChanges(resurrecting),
  };
};

test('customers of a period are distinct, and repeat transactions the purchase days after the first', () => {
  // Weeks begin on the days 4 and 11. One purchases on 4, 5, 9 and 11, another on 6.
  const daily = changes([4, 6], [5], [9, 11]);
  const weekly = changes([4, 6], [11], []);
  const of = customersOf(daily, weekly, { from: 4, period: 'week', weekStart: 'monday' });
  expect(of(4)).toEqual({ repeatTransactions: 2, customers: 2 });
  expect(of(11)).toEqual({ repeatTransactions: 1, customers: 1 });
  expect(of(18)).toEqual({ repeatTransactions: 0, customers: 0 });
});

test('customers of a period that began before the range are not known', () => {
  const of = customersOf(changes([], [9], []), changes([], [], []), {
    from: 8,
    period: 'week',
    weekStart: 'monday',
  });
  expect(of(4)).toEqual({ repeatTransactions: 1, customers: null });
});
