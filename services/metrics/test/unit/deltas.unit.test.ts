import { describe, expect, test } from 'vitest';
import { isLate, late, onTime } from '../../src/core/cause.ts';
import { createReportingCalendar } from '../../src/core/calendar.ts';
import { DeltaSums } from '../../src/core/delta.ts';
import { maxCell } from '../../src/core/series.ts';

describe('deltas', () => {
  test('are one row per series and cause, days ascending, without what cancelled out', () => {
    const sums = new DeltaSums();
    const book = sums.under(onTime);
    book(3, 20, 1);
    book(3, 10, -1);
    book(3, 10, 3);
    book(4, 10, 1);
    book(4, 10, -1);
    sums.under(late)(3, 20, 5);
    expect(sums.toDeltas()).toEqual([
      { series: 3, cause: 'touchpoint', reason: null, days: [10, 20], cells: null, amounts: [2, 1] },
      { series: 3, cause: 'late_touchpoint', reason: null, days: [20], cells: null, amounts: [5] },
    ]);
  });

  test('of two parts are summed by cause and reason', () => {
    const [left, right] = [new DeltaSums(), new DeltaSums()];
    left.under(onTime)(3, 10, 1);
    right.under(onTime)(3, 10, 2);
    right.under({ cause: 'merge', reason: 'one' })(3, 10, 5, 7);
    left.addAll(right);
    expect(left.toDeltas()).toEqual([
      { series: 3, cause: 'touchpoint', reason: null, days: [10], cells: null, amounts: [3] },
      { series: 3, cause: 'merge', reason: 'one', days: [10], cells: [7], amounts: [5] },
    ]);
  });

  test('keep the cells of a day apart, also of days before 1970', () => {
    const sums = new DeltaSums();
    const book = sums.under(onTime);
    book(3, -5, 1, maxCell);
    book(3, -5, 1, 1);
    book(3, 20_000, 2, 129);
    book(3, 20_000, 3, 129);
    expect(sums.toDeltas()).toEqual([
      {
        series: 3,
        cause: 'touchpoint',
        reason: null,
        days: [-5, -5, 20_000],
        cells: [1, maxCell, 129],
        amounts: [1, 1, 5],
      },
    ]);
  });

  test('keep the reasons of a few decisions apart', () => {
    const few = new DeltaSums();
    few.under({ cause: 'split', reason: 'one' })(0, 1, 1);
    few.under({ cause: 'split', reason: 'two' })(0, 1, 1);
    expect(few.toDeltas().map(({ reason }) => reason)).toEqual(['one', 'two']);
  });

  test('keep ten reasons of a cause and sum what has others without a reason', () => {
    const sums = new DeltaSums();
    for (let index = 0; index < 40; index++)
      sums.under({ cause: 'merge', reason: `touchpoint ${index}` })(0, 1, 1);
    const deltas = sums.toDeltas();
    expect(deltas.map(({ reason }) => reason)).toEqual([
      ...Array.from({ length: 10 }, (_value, index) => `touchpoint ${index}`),
      null,
    ]);
    expect(deltas.map(({ amounts }) => amounts)).toEqual([...Array.from({ length: 10 }, () => [1]), [30]]);
  });
});

describe('a touchpoint', () => {
  test('is late when it was received after its day was closed', () => {
    const calendar = createReportingCalendar('UTC', 6);
    const day = 20_000;
    const close = (day + 1) * 86_400_000 + 6 * 3_600_000;
    expect(isLate({ day, receivedAt: close }, calendar)).toBe(false);
    expect(isLate({ day, receivedAt: close + 1 }, calendar)).toBe(true);
  });
});
