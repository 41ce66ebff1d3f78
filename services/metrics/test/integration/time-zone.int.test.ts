import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReportingCalendar } from '../../src/core/calendar.ts';
import { checkTimeZone } from '../../src/db/check-time-zone.ts';
import { createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';
import { startMetricsProcess } from './metrics-process.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

function check(timeZone: string): Promise<void> {
  return checkTimeZone(database.pool, createReportingCalendar(timeZone, 6));
}

describe('a reporting zone', () => {
  test('that the two read differently ends the start with a sentence', async () => {
    const start = startMetricsProcess(database.connectionString, { THROUGHLINE_TIME_ZONE: 'EET' });
    await expect(start).rejects.toThrow(
      /metrics cannot start: THROUGHLINE_TIME_ZONE: Postgres and Node\.js read EET differently \(on 2000-0\d-\d\d \+02:00 and \+03:00 from UTC\)/,
    );
  });

  test.each(['CET', 'EET', 'MET', 'WET'])(
    'is refused as %s, whose summer time Postgres does not know',
    async (timeZone) => {
      await expect(check(timeZone)).rejects.toThrow(
        new RegExp(
          `^THROUGHLINE_TIME_ZONE: Postgres and Node.js read ${timeZone} differently .* name a city`,
        ),
      );
    },
  );

  test.each([
    'UTC',
    'Europe/Dublin',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Africa/Cairo',
  ])('is taken as %s, which both read alike', async (timeZone) => {
    await expect(check(timeZone)).resolves.toBeUndefined();
  });

  test('is refused when Postgres does not know it', async () => {
    const unknown = { timeZone: 'Europe/Nowhere', offsetOf: () => 0 };
    await expect(checkTimeZone(database.pool, unknown)).rejects.toThrow(
      'Postgres does not know Europe/Nowhere',
    );
  });
});
