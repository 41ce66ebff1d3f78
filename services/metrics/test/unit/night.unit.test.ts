import { describe, expect, test } from 'vitest';
import { createReportingCalendar } from '../../src/core/calendar.ts';
import { nightOf } from '../../src/core/night.ts';

describe('the night of a verification', () => {
  test.each([
    ['UTC', '2026-03-10T02:59:59Z', null],
    ['UTC', '2026-03-10T03:00:00Z', '2026-03-10'],
    ['UTC', '2026-03-10T05:59:59Z', '2026-03-10'],
    ['UTC', '2026-03-10T06:00:00Z', null],
    ['America/New_York', '2026-03-10T03:30:00Z', null],
    ['America/New_York', '2026-03-10T08:30:00Z', '2026-03-10'],
    // A day on which three o'clock follows one fifty-nine.
    ['Europe/Berlin', '2026-03-29T02:30:00Z', '2026-03-29'],
  ])('of %s at %s is %s', (timeZone, instant, day) => {
    const night = nightOf(Date.parse(instant), createReportingCalendar(timeZone, 6));
    expect(night).toBe(day === null ? null : Date.parse(`${day}T00:00:00Z`) / 86_400_000);
  });
});
