import { expect, test } from 'vitest';
import { formatDay, parseDay } from '../../src/core/calendar.ts';
import { nextPeriod, startOfPeriod, weekDays } from '../../src/core/period.ts';

const day = (text: string): number => parseDay(text) ?? Number.NaN;

test.each([
  ['2026-03-10', 'day', 'monday', '2026-03-10', '2026-03-11'],
  ['2026-03-10', 'week', 'monday', '2026-03-09', '2026-03-16'],
  ['2026-03-09', 'week', 'monday', '2026-03-09', '2026-03-16'],
  ['2026-03-10', 'week', 'sunday', '2026-03-08', '2026-03-15'],
  ['2026-03-10', 'week', 'wednesday', '2026-03-04', '2026-03-11'],
  ['1969-12-30', 'week', 'monday', '1969-12-29', '1970-01-05'],
  ['2024-02-29', 'month', 'monday', '2024-02-01', '2024-03-01'],
  ['2025-12-31', 'month', 'monday', '2025-12-01', '2026-01-01'],
] as const)('%s lies in a %s of weeks from %s that begins on %s', (of, period, weekStart, start, next) => {
  const begin = startOfPeriod(day(of), period, weekStart);
  expect([formatDay(begin), formatDay(nextPeriod(begin, period))]).toEqual([start, next]);
});

test('a week begins on its first day, whichever that is, and holds seven days', () => {
  for (const weekStart of weekDays) {
    for (let one = -20; one < 20; one++) {
      const begin = startOfPeriod(one, 'week', weekStart);
      expect(begin <= one && one < nextPeriod(begin, 'week')).toBe(true);
      const name = new Date(begin * 86_400_000).toLocaleDateString('en', {
        weekday: 'long',
        timeZone: 'UTC',
      });
      expect(name.toLowerCase()).toBe(weekStart);
    }
  }
});
