import { describe, expect, test } from 'vitest';
import { createReportingCalendar } from '../../src/core/calendar.ts';
import { restatementsOf } from '../../src/core/restatements.ts';

const calendar = createReportingCalendar('UTC', 6);
const dayMs = 86_400_000;
const today = 20_000;
/** Seven in the morning: the day before is closed for an hour. */
const hour = today * dayMs + 7 * 3_600_000;
const always = { from: 0, to: 30_000 };

describe('restatements', () => {
  test('are spans of closed days with what they changed by, apart by cause', () => {
    const changes = [
      { hour, cause: 'late_touchpoint', day: today - 40, amount: 2 },
      { hour, cause: 'late_touchpoint', day: today - 33, amount: -1 },
      { hour, cause: 'late_touchpoint', day: today - 30, amount: -1 },
      { hour, cause: 'merge', day: today - 5, amount: -1 },
    ];
    expect(restatementsOf(changes, calendar, always)).toEqual([
      { hour, cause: 'late_touchpoint', from: today - 40, to: today - 34, change: 2 },
      { hour, cause: 'late_touchpoint', from: today - 33, to: today - 31, change: 1 },
      { hour, cause: 'merge', from: today - 5, to: today - 1, change: -1 },
    ]);
  });

  test('leave out days that were open in the hour', () => {
    const change = { cause: 'touchpoint', day: today - 1, amount: 1 };
    expect(restatementsOf([{ ...change, hour }], calendar, always)).toHaveLength(1);
    const before = hour - 2 * 3_600_000;
    expect(restatementsOf([{ ...change, hour: before }], calendar, always)).toEqual([]);
  });

  test('are cut to the days that are asked for', () => {
    const change = { hour, cause: 'split', day: today - 40, amount: 1 };
    const range = { from: today - 20, to: today - 10 };
    expect(restatementsOf([change], calendar, range)).toEqual([
      { hour, cause: 'split', from: today - 20, to: today - 10, change: 1 },
    ]);
  });
});
