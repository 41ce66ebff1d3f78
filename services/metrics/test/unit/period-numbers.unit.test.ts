import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPeriodNumbers } from '../../src/core/period-numbers.ts';
import { nextPeriod, periods, startOfPeriod, weekDays } from '../../src/core/period.ts';

const asked = fc.tuple(
  fc.integer({ min: -719_162, max: 2_932_896 }),
  fc.constantFrom(...periods),
  fc.constantFrom(...weekDays),
);

test('the number of a period leads back to its first day, and the next number to the next one', () => {
  fc.assert(
    fc.property(asked, ([day, period, weekStart]) => {
      const { numberOf, startOf } = createPeriodNumbers(period, weekStart);
      const start = startOfPeriod(day, period, weekStart);
      expect(startOf(numberOf(day))).toBe(start);
      expect(startOf(numberOf(day) + 1)).toBe(nextPeriod(start, period));
    }),
    { numRuns: 2_000 },
  );
});
