import fc from 'fast-check';
import { expect, test } from 'vitest';
import { neighboursOf } from '../../src/core/active-periods.ts';
import { DayColumn } from '../../src/core/day-column.ts';
import { emitLifecycleDay } from '../../src/core/lifecycle-day.ts';
import type { LifecycleChanges } from '../../src/core/lifecycle.ts';
import { createPeriodNumbers } from '../../src/core/period-numbers.ts';
import { stickinessByDay, stickinessByPeriod } from '../../src/core/stickiness.ts';

type Days = readonly number[];
const lives = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 12 }), {
  maxLength: 5,
});

/** The changes of the series, day by day as the days come. */
function changesOf(profiles: readonly Days[], period: 'day' | 'week'): LifecycleChanges {
  const numbers = createPeriodNumbers(period, 'monday');
  const emitted: { series: number; day: number; amount: number }[] = [];
  for (const days of profiles) {
    const column = DayColumn.complete<number>();
    for (const day of days) {
      const emit = (series: number, on: number, amount: number) => emitted.push({ series, day: on, amount });
      const series = { numbers, returning: 1, resurrecting: 2 };
      emitLifecycleDay([series], day, neighboursOf(column, day), 1, emit);
      column.set(day, 1);
    }
    emitted.push({ series: 0, day: Math.min(...days), amount: 1 });
  }
  const of = (series: number) => emitted.filter((one) => one.series === series);
  return { first: of(0), returning: of(1), resurrecting: of(2) };
}

const countOf = (profiles: readonly Days[], is: (day: number) => boolean) =>
  profiles.filter((days) => days.some(is)).length;

test('by day is the count of profiles on the day, within the window, and of their days', () => {
  fc.assert(
    fc.property(lives, fc.integer({ min: 1, max: 9 }), (profiles, window) => {
      const activeOn = (day: number) => countOf(profiles, (one) => one > day - window && one <= day);
      const rows = stickinessByDay(changesOf(profiles, 'day'), activeOn, { from: 0, to: 50, window });
      for (const { day, activeOnDay, active, profileDays, ratio, daysPerProfile } of rows) {
        const days = profiles.flat().filter((one) => one > day - window && one <= day).length;
        expect({ activeOnDay, profileDays }).toEqual({
          activeOnDay: countOf(profiles, (one) => one === day),
          profileDays: days,
        });
        expect({ ratio, daysPerProfile }).toEqual(
          active === 0
            ? { ratio: null, daysPerProfile: null }
            : { ratio: activeOnDay / active, daysPerProfile: days / active },
        );
      }
    }),
  );
});

test('by calendar period counts only days that are over or running', () => {
  fc.assert(
    fc.property(lives, fc.integer({ min: 0, max: 45 }), (profiles, today) => {
      const question = { from: 4, to: 45, period: 'week', weekStart: 'monday', today } as const;
      const rows = stickinessByPeriod(changesOf(profiles, 'week'), changesOf(profiles, 'day'), question);
      expect(rows.map(({ start }) => start)).toEqual([4, 11, 18, 25, 32, 39]);
      for (const { start, active, days, profileDays, ratio, partial } of rows) {
        const isWithin = (day: number) => day >= start && day < start + 7 && day <= today;
        expect({ active, profileDays, partial }).toEqual({
          active: countOf(profiles, isWithin),
          profileDays: profiles.flat().filter(isWithin).length,
          partial: today < start + 7,
        });
        expect(days).toBe(Math.max(0, Math.min(7, today - start + 1)));
        expect(ratio).toBe(active === 0 ? null : profileDays / (active * days));
      }
    }),
  );
});
