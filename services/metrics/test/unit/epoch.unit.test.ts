import { describe, expect, test } from 'vitest';
import { createReportingCalendar, parseDay } from '../../src/core/calendar.ts';
import { nextEpoch } from '../../src/core/epoch.ts';

const minuteMs = 60_000;

function day(text: string): number {
  const parsed = parseDay(text);
  if (parsed === null) throw new Error(`${text} is no day`);
  return parsed;
}

describe('an epoch', () => {
  test.each([
    ['UTC', '2026-02-11T06:00:00Z'],
    ['Asia/Kolkata', '2026-02-11T00:30:00Z'],
    ['Asia/Kathmandu', '2026-02-11T00:15:00Z'],
    ['America/St_Johns', '2026-02-11T09:30:00Z'],
    ['Pacific/Chatham', '2026-02-10T16:15:00Z'],
    // Summer time by half an hour, until it ends on 5 April at 2:00.
    ['Australia/Lord_Howe', '2026-02-10T19:00:00Z'],
  ])('ends in %s when the day before closes, six hours after its end, at %s', (timeZone, close) => {
    const calendar = createReportingCalendar(timeZone, 6);
    const closes = Date.parse(close);
    const yesterday = day('2026-02-10');
    const before = nextEpoch(closes - 1, yesterday - 1, calendar);
    expect(before).toEqual({
      quarter: closes - 15 * minuteMs,
      closedThrough: yesterday - 1,
      endsAt: closes,
    });
    expect(nextEpoch(closes, before.closedThrough, calendar)).toEqual({
      quarter: closes,
      closedThrough: yesterday,
      endsAt: closes + 15 * minuteMs,
    });
  });

  test('ends with the close of the day on which the clocks of Lord Howe go back by half an hour', () => {
    const calendar = createReportingCalendar('Australia/Lord_Howe', 6);
    const closes = Date.parse('2026-04-05T19:30:00Z');
    expect(calendar.lastClosedDay(closes - 1)).toBe(day('2026-04-04'));
    expect(nextEpoch(closes - minuteMs, day('2026-04-04'), calendar).endsAt).toBe(closes);
    expect(calendar.lastClosedDay(closes)).toBe(day('2026-04-05'));
  });

  test('leaves a day closed when days close later from now on', () => {
    const at = Date.parse('2026-02-11T12:07:00Z');
    const closed = nextEpoch(at, null, createReportingCalendar('UTC', 6)).closedThrough;
    expect(closed).toBe(day('2026-02-10'));
    const patient = createReportingCalendar('UTC', 72);
    expect(nextEpoch(at, null, patient).closedThrough).toBe(day('2026-02-07'));
    expect(nextEpoch(at, closed, patient)).toMatchObject({
      closedThrough: closed,
      endsAt: Date.parse('2026-02-11T12:15:00Z'),
    });
  });

  test('closes all days at once that ended while no process ran', () => {
    const calendar = createReportingCalendar('UTC', 6);
    const at = Date.parse('2026-02-11T12:07:00Z');
    expect(nextEpoch(at, day('2026-01-01'), calendar).closedThrough).toBe(day('2026-02-10'));
  });
});
