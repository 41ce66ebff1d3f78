import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimeParser, findFormatFault } from '../../src/core/local-time.ts';

describe('times of a file', () => {
  test.each([
    ['2017-01-01T12:30:27Z', { format: 'iso' }, '2017-01-01T12:30:27.000Z'],
    ['2017-01-01 12:30', { format: 'iso', zone: 'UTC' }, '2017-01-01T12:30:00.000Z'],
    ['2017-01-01T12:30:27.1234+05:30', { format: 'iso' }, '2017-01-01T07:00:27.123Z'],
    ['2017-07-01', { format: 'iso', zone: 'Europe/Paris', at: '12:00' }, '2017-07-01T10:00:00.000Z'],
    ['19970101', { format: 'yyyyMMdd', zone: 'UTC', at: '12:00:00' }, '1997-01-01T12:00:00.000Z'],
    ['3/9/2024 7:05', { format: 'M/d/yyyy H:mm', zone: 'America/New_York' }, '2024-03-09T12:05:00.000Z'],
    // As databases write them: Postgres, BigQuery, and what Java leaves out on the minute.
    ['2024-05-06 07:08:09.25+02', { format: 'iso' }, '2024-05-06T05:08:09.250Z'],
    ['2024-05-06 07:08:09 UTC', { format: 'iso' }, '2024-05-06T07:08:09.000Z'],
    ['2024-05-06T07:08-0330', { format: 'iso' }, '2024-05-06T10:38:00.000Z'],
    ['1700000000', { format: 'epochSeconds' }, '2023-11-14T22:13:20.000Z'],
    ['1700000000123', { format: 'epochMilliseconds' }, '2023-11-14T22:13:20.123Z'],
    // The clock shows 01:30 twice: the first.
    ['2024-11-03 01:30', { format: 'iso', zone: 'America/New_York' }, '2024-11-03T05:30:00.000Z'],
    // The clock skips 02:30: as if it had not.
    ['2024-03-10 02:30', { format: 'iso', zone: 'America/New_York' }, '2024-03-10T07:30:00.000Z'],
  ] as const)('%s by %o is %s', (text, format, instant) => {
    expect(findFormatFault(format)).toBeNull();
    expect(createTimeParser(format)(text)).toBe(instant);
  });

  test.each([
    ['2017-02-30', { format: 'iso', zone: 'UTC', at: '12:00' }],
    ['2017-01-01T12:30:27', { format: 'iso' }],
    ['2017-01-01', { format: 'iso', zone: 'UTC' }],
    ['2017-01-01T24:00:00Z', { format: 'iso' }],
    ['2024-05-06T07:08:09+77:00', { format: 'iso' }],
    ['2024-05-06T07:08:09-05:75', { format: 'iso' }],
    ['199701', { format: 'yyyyMMdd', zone: 'UTC', at: '12:00' }],
    ['', { format: 'epochSeconds' }],
  ] as const)('%s by %o is refused', (text, format) => {
    expect(() => createTimeParser(format)(text)).toThrow('is not a time');
  });

  test('need a zone and a time of day where the pattern has none', () => {
    expect(findFormatFault({ format: 'yyyyMMdd', at: '12:00' })).toContain('zone:');
    expect(findFormatFault({ format: 'yyyyMMdd', zone: 'UTC' })).toContain('at:');
    expect(findFormatFault({ format: 'yyyyMMdd', zone: 'Mars/Base', at: '12:00' })).toContain(
      'not a time zone',
    );
    expect(findFormatFault({ format: 'dd/MM', zone: 'UTC', at: '12:00' })).toContain('yyyy');
    expect(findFormatFault({ format: 'iso', at: '25:00' })).toContain('at:');
  });

  test('show on the wall clock of their zone what the text says', () => {
    const zone = 'Europe/Berlin';
    const parse = createTimeParser({ format: 'yyyy-MM-dd HH:mm:ss', zone });
    const clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (second) => {
        const wall = clock.format(second * 1_000);
        expect(clock.format(Date.parse(parse(wall)))).toBe(wall);
      }),
    );
  });
});
