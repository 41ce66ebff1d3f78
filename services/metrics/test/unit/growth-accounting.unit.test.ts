import { engagementActivity, purchaseActivity, defaultJourneyMap } from '@throughline/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitContributions } from '../../src/core/contributions.ts';
import { createSeriesValue, growthOn, type SeriesValue } from '../../src/core/growth.ts';
import { addCount, createHistory, type History } from '../../src/core/history.ts';
import { coverDays, intersectWithShifted } from '../../src/core/intervals.ts';
import { createSeriesCatalog } from '../../src/core/series.ts';

const catalog = createSeriesCatalog({
  activities: [purchaseActivity, engagementActivity],
  windows: [1, 7, 30],
  journeyMap: defaultJourneyMap,
});

const dayLists = fc
  .uniqueArray(fc.integer({ min: 0, max: 80 }), { maxLength: 12 })
  .map((days) => days.sort((left, right) => left - right));

function isIn(set: readonly number[], day: number): boolean {
  for (let index = 0; index < set.length; index += 2) {
    if ((set[index] ?? 0) <= day && day < (set[index + 1] ?? 0)) return true;
  }
  return false;
}

function valuesOf(histories: readonly History[]): (series: number) => SeriesValue {
  const sums = new Map<number, Map<number, number>>();
  for (const history of histories) {
    emitContributions(catalog, history, 1, (series, day, amount) => {
      const days = sums.get(series) ?? new Map<number, number>();
      days.set(day, (days.get(day) ?? 0) + amount);
      sums.set(series, days);
    });
  }
  return (series) =>
    createSeriesValue(
      [...(sums.get(series) ?? [])].map(([day, amount]) => ({ day, amount })).sort((a, b) => a.day - b.day),
    );
}

describe('intervals', () => {
  test('cover the days on which there was activity within the window, disjoint and ascending', () => {
    fc.assert(
      fc.property(dayLists, fc.integer({ min: 1, max: 20 }), (days, window) => {
        const set = coverDays(days, window);
        for (let day = -5; day < 110; day++) {
          expect(isIn(set, day)).toBe(days.some((active) => day - window < active && active <= day));
        }
        for (let index = 1; index < set.length; index++)
          expect(set[index]).toBeGreaterThan(set[index - 1] ?? 0);
      }),
    );
  });

  test('shifted against themselves have in common the days that are in both', () => {
    fc.assert(
      fc.property(dayLists, fc.integer({ min: 1, max: 20 }), (days, window) => {
        const set = coverDays(days, window);
        const common = intersectWithShifted(set, window);
        for (let day = -5; day < 130; day++) {
          expect(isIn(common, day)).toBe(isIn(set, day) && isIn(set, day - window));
        }
      }),
    );
  });
});

describe('growth accounting', () => {
  test('derived from three series is what counting profiles day by day gives', () => {
    fc.assert(
      fc.property(fc.array(dayLists, { maxLength: 6 }), fc.constantFrom(0, 1, 2), (profiles, place) => {
        const histories = profiles.map((days) => {
          const history = createHistory();
          for (const day of days) addCount(history, 'purchase', day, 1 + (day % 3));
          return history;
        });
        const valueOf = valuesOf(histories);
        const series = catalog.activities[0];
        const windowed = series?.windows[place];
        if (series === undefined || windowed === undefined) throw new Error('no such series');
        const { window } = windowed;
        for (let day = -3; day < 150; day++) {
          const active = (days: readonly number[], on: number) =>
            days.some((one) => on - window < one && one <= on);
          const count = (is: (days: readonly number[]) => boolean) => profiles.filter(is).length;
          const start = (days: readonly number[]) => active(days, day - window);
          const isNew = (days: readonly number[]) =>
            active(days, day) && !start(days) && Math.min(...days) > day - window;
          const figures = growthOn(day, window, {
            first: valueOf(series.first),
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
      { numRuns: 60 },
    );
  });

  test('has no rates without a start and no quick ratio without churn', () => {
    const never: SeriesValue = () => 0;
    const figures = growthOn(10, 7, { first: never, active: never, retained: never });
    expect(figures).toMatchObject({ retention: null, churn: null, quickRatio: null });
  });
});
