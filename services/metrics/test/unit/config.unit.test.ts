import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';

const environment = {
  DATABASE_URL: 'postgres://localhost/throughline',
  THROUGHLINE_READ_KEY: 'rk_test_0123456789abcdef0123456789abcdef',
};

describe('the environment', () => {
  test('has the documented defaults', () => {
    expect(parseConfig(environment)).toMatchObject({
      timeZone: 'UTC',
      weekStart: 'monday',
      windows: [7, 30, 90, 365],
      closeHours: 6,
      listen: { host: '127.0.0.1', port: 8082 },
      logLevel: 'info',
    });
  });

  test('takes windows in any order, each once', () => {
    expect(parseConfig({ ...environment, THROUGHLINE_WINDOWS: '30, 7,30' }).windows).toEqual([7, 30]);
  });

  test.each([
    ['THROUGHLINE_WINDOWS', '7,,30'],
    ['THROUGHLINE_WINDOWS', '0'],
    ['THROUGHLINE_WINDOWS', '7.5'],
    ['THROUGHLINE_WINDOWS', '1,2,3,4,5,6,7,8,9,10,11,12,13'],
    ['THROUGHLINE_TIME_ZONE', 'Mars/Olympus'],
    ['THROUGHLINE_TIME_ZONE', '+02:00'],
    ['THROUGHLINE_WEEK_START', 'someday'],
    ['THROUGHLINE_CLOSE_HOURS', '-1'],
    ['THROUGHLINE_METRICS_PORT', 'http'],
    ['DATABASE_URL', ''],
  ])('is refused with the name of the variable: %s=%s', (name, value) => {
    expect(() => parseConfig({ ...environment, [name]: value })).toThrow(name);
  });
});
