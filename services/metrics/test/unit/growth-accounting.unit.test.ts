import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultJourneyMap, purchaseActivity } from '@throughline/contracts';
import { emitActiveDay } from '../../src/core/active-day.ts';
import { cohortCaps } from '../../src/core/cohort-definition.ts';
import { createSeriesValue, growthOn, type SeriesValue } from '../../src/core/growth.ts';
import { KnownDays } from '../../src/core/known-days.ts';
import { DayColumn } from '../../src/core/day-column.ts';
import { createSeriesCatalog } from '../../src/core/series.ts';

const catalog = createSeriesCatalog({
  activities: [{ ...purchaseActivity, id: 1 }],
  windows: [1, 3, 10],
  weekStart: 'monday',
  cohorts: { pairs: [], caps: cohortCaps },
  groupings: [],
  journeyMap: defaultJourneyMap,
});
const [purchase] = catalog.activities;
if (purchase === undefined) throw new Error('no series of purchases');

/** A profile's active days in the order in which they come, and some of them that go again. */
const lives = fc
  .uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 25 })
  .chain((days) => fc.record({ days: fc.constant(days), gone: fc.subarray(days) }));
type Life = { days: number[]; gone: number[] };

function remaining({ days, gone }: Life): number[] {
  return days.filter((day) => !gone.includes(day));
}

/** Values of the series after the days came and went one by one. */
function maintain(profiles: readonly Life[]): (series: number) => SeriesValue {
  const sums = new Map<number, Map<number, number>>();
  const emit = (series: number, day: number, amount: number) => {
    const days = sums.get(series) ?? new Map<number, number>();
    sums.set(series, days.set(day, (days.get(day) ?? 0) + amount));
  };
  for (const { days, gone } of profiles) {
    const active = DayColumn.complete<number>();
    for (const day of days) {
      emitActiveDay(purchase as NonNullable<typeof purchase>, active, day, 1, emit);
      active.set(day, 1);
    }
    for (const day of gone) {
      active.set(day, null);
      emitActiveDay(purchase as NonNullable<typeof purchase>, active, day, -1, emit);
    }
  }
  return (series) =>
    createSeriesValue(
      [...(sums.get(series) ?? [])]
        .map(([day, amount]) => ({ day, amount }))
        .sort((left, right) => left.day - right.day),
    );
}

describe('growth accounting', () => {
  test('derived from three series is what counting profiles day by day gives', () => {
    fc.assert(
      fc.property(fc.array(lives, { maxLength: 6 }), fc.constantFrom(0, 1, 2), (profiles, place) => {
        const valueOf = maintain(profiles);
        const windowed = purchase.windows[place];
        if (windowed === undefined) throw new Error('no such window');
        const { window } = windowed;
        const actives = profiles.map(remaining);
        for (let day = -3; day < 150; day++) {
          const active = (days: readonly number[], on: number) =>
            days.some((one) => on - window < one && one <= on);
          const count = (is: (days: readonly number[]) => boolean) => actives.filter(is).length;
          const start = (days: readonly number[]) => active(days, day - window);
          const isNew = (days: readonly number[]) =>
            active(days, day) && !start(days) && Math.min(...days) > day - window;
          const figures = growthOn(day, window, {
            first: valueOf(purchase.first),
            active: valueOf(windowed.active),
            retained: valueOf(windowed.retained),
          });
          expect(figures).toMatchObject({
            customersAtStart: count(start),
            active: count((days) => active(days, day)),
            retained: count((days) => start(days) && active(days, day)),
            churned: count((days) => start(days) && !active(days, day)),
            new: count(isNew),
            reactivated: count((days) => active(days, day) && !start(days) && !isNew(days)),
          });
          if (figures.customersAtStart > 0) {
            expect((figures.retention ?? 0) + (figures.churn ?? 0)).toBeCloseTo(1, 12);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('asks for as many days of a history of ten years as of one of a month', () => {
    const asked = (length: number) => {
      const days = KnownDays.complete<number>();
      for (let day = 0; day < length; day++) days.set(day, 1);
      const column = new DayColumn(days);
      let questions = 0;
      const counting = {
        floor: (day: number) => ((questions += 1), column.floor(day)),
        higher: (day: number) => ((questions += 1), column.higher(day)),
      };
      emitActiveDay(purchase, counting, length, 1, () => {});
      return questions;
    };
    expect(asked(3_650)).toBe(asked(30));
  });

  test('has no rates without a start and no quick ratio without churn', () => {
    const never: SeriesValue = () => 0;
    const figures = growthOn(10, 7, { first: never, active: never, retained: never });
    expect(figures).toMatchObject({ retention: null, churn: null, quickRatio: null });
  });
});
