import { describe, expect, test } from 'vitest';
import { parseInstant, parseIsoTime } from '../src/index.ts';

const iso = (text: unknown): string | null => {
  const instant = parseInstant(text);
  return instant === null ? null : new Date(instant).toISOString();
};

describe('parseInstant', () => {
  test.each([
    ['2025-04-03T09:08:07Z', '2025-04-03T09:08:07.000Z'],
    ['2025-04-03t09:08:07.987654z', '2025-04-03T09:08:07.987Z'],
    ['2025-04-03T09:08:07,5+02:00', '2025-04-03T07:08:07.500Z'],
    ['2025-04-03T09:08:07-0330', '2025-04-03T12:38:07.000Z'],
    // ISO 8601 without what is zero.
    ['2025-04-03T09:08Z', '2025-04-03T09:08:00.000Z'],
    ['2025-04-03T09:08+02', '2025-04-03T07:08:00.000Z'],
    ['2025-04-03T09:08:07-11', '2025-04-03T20:08:07.000Z'],
    // Databases.
    ['2025-04-03 09:08:07+00', '2025-04-03T09:08:07.000Z'],
    ['2025-04-03 09:08:07.25+05:45', '2025-04-03T03:23:07.250Z'],
    ['2025-04-03 09:08:07 UTC', '2025-04-03T09:08:07.000Z'],
    ['2025-04-03 09:08:07.123456 UTC', '2025-04-03T09:08:07.123Z'],
    ['2025-04-03 09:08:07 +0100', '2025-04-03T08:08:07.000Z'],
    // Leap seconds and days.
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2017-01-01T01:59:60+02:00', '2017-01-01T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['1905-06-07T08:09:10Z', '1905-06-07T08:09:10.000Z'],
  ])('reads %s as %s', (text, instant) => {
    expect(iso(text)).toBe(instant);
  });

  test.each([
    '2025-04-03',
    '2025-04-03T09:08:07',
    '2025-04-03 09:08',
    '2025-02-29T00:00:00Z',
    '2025-04-31T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2025-04-03T24:00:00Z',
    '2025-04-03T09:60:00Z',
    '2025-04-03T12:00:60Z',
    '1950-04-03T12:00:60Z',
    '2025-04-03T09:08:07+99:99',
    '2025-04-03T09:08:07+24:00',
    '2025-04-03T09:08:07+05:60',
    '2025-04-03T09Z',
    '2025-04-03Z',
    '2025-04-03+02',
    '2025-04-03T09:08:07 CET',
    '2025-04-03T09:08:07  Z',
    '٢٠٢٥-٠٤-٠٣T٠٩:٠٨:٠٧Z',
    '0001-01-01T00:00:00Z',
    '1899-12-31T23:59:59Z',
    '+012025-04-03T09:08:07Z',
    '',
    ` 2025-04-03T09:08:07Z`,
    1_743_671_287,
    null,
    undefined,
    {},
  ])('reads nothing from %j', (value) => {
    expect(parseInstant(value)).toBeNull();
  });
});

describe('parseIsoTime', () => {
  test('says what a text without zone or time of day shows, for readers that know its zone', () => {
    const midnight = Date.UTC(2025, 3, 3);
    expect(parseIsoTime('2025-04-03')).toEqual({ wallMs: midnight, hasTime: false, offsetMinutes: null });
    const at = midnight + 9 * 3_600_000;
    expect(parseIsoTime('2025-04-03 09:00')).toEqual({ wallMs: at, hasTime: true, offsetMinutes: null });
    expect(parseIsoTime('2025-04-03 09:00-01:30')).toEqual({
      wallMs: at,
      hasTime: true,
      offsetMinutes: -90,
    });
    expect(parseIsoTime('2025-13-03')).toBeNull();
  });
});
