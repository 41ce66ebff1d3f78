import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReportingCalendar, formatDay, parseDay } from '../../src/core/calendar.ts';

/** The slow way: what the zone's clocks show, asked for each instant. */
function shownDay(instant: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(instant);
}

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/Havana',
  'Pacific/Kiritimati',
];
const calendars = new Map(zones.map((zone) => [zone, createReportingCalendar(zone, 6)]));

describe('the reporting calendar', () => {
  test('gives the day that the clocks of the zone show', () => {
    const instants = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2035, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (zone, instant) => {
        expect(formatDay(calendars.get(zone)?.dayOf(instant) ?? 0)).toBe(shownDay(instant, zone));
      }),
      { numRuns: 3_000 },
    );
  });

  test('follows clocks that go back over midnight, and a day that was left out', () => {
    // Newfoundland went back from 00:01 to 23:01 the day before.
    const newfoundland = createReportingCalendar('America/St_Johns', 6);
    const change = Date.parse('2006-10-29T02:31:00.000Z');
    expect(formatDay(newfoundland.dayOf(change - 1_000))).toBe('2006-10-29');
    expect(formatDay(newfoundland.dayOf(change + 1_000))).toBe('2006-10-28');
    // Samoa had no 30 December 2011.
    const samoa = createReportingCalendar('Pacific/Apia', 6);
    const leap = Date.parse('2011-12-30T10:00:00.000Z');
    expect(formatDay(samoa.dayOf(leap - 1))).toBe('2011-12-29');
    expect(formatDay(samoa.dayOf(leap))).toBe('2011-12-31');
  });

  test('closes a day the given hours after its end, also where the day has 23 or 25 hours', () => {
    const berlin = createReportingCalendar('Europe/Berlin', 6);
    const closeOf = (day: string) => new Date(berlin.closeOf(parseDay(day) ?? 0)).toISOString();
    expect(closeOf('2026-01-10')).toBe('2026-01-11T05:00:00.000Z');
    expect(closeOf('2026-03-28')).toBe('2026-03-29T05:00:00.000Z');
    expect(closeOf('2026-03-29')).toBe('2026-03-30T04:00:00.000Z');
    expect(closeOf('2026-10-25')).toBe('2026-10-26T05:00:00.000Z');
  });

  test('counts days before 1970 and far ago', () => {
    const utc = createReportingCalendar('UTC', 6);
    expect(utc.dayOf(-1)).toBe(-1);
    expect(formatDay(utc.dayOf(Date.parse('0099-03-01T12:00:00.000Z')))).toBe('0099-03-01');
    const berlin = createReportingCalendar('Europe/Berlin', 6);
    expect(formatDay(berlin.dayOf(Date.parse('0099-03-01T12:00:00.000Z')))).toBe('0099-03-01');
  });

  test('refuses a zone that does not exist', () => {
    expect(() => createReportingCalendar('Mars/Olympus', 6)).toThrow(RangeError);
  });
});

describe('a day in text', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: -300_000, max: 800_000 }), (day) => {
        expect(parseDay(formatDay(day))).toBe(day);
      }),
    );
  });

  test.each(['2026-02-30', '2026-13-01', '2026-1-1', '26-01-01', '2026-01-01T00:00:00Z', '', 'today'])(
    'is refused when it is no real day: %s',
    (text) => {
      expect(parseDay(text)).toBeNull();
    },
  );
});
