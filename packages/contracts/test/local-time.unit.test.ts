import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountText, isTimeZone, localToInstant, moneyOf } from '../src/index.ts';

describe('localToInstant', () => {
  test.each([
    ['2026-07-01T12:00:00Z', 'Europe/Berlin', '2026-07-01T10:00:00.000Z'],
    ['2026-01-01T12:00:00Z', 'Asia/Kolkata', '2026-01-01T06:30:00.000Z'],
    // Shown twice: the first. Skipped: as if it had not been.
    ['2026-10-25T02:30:00Z', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-03-29T02:30:00Z', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ])('reads %s on a wall in %s as %s', (wall, zone, instant) => {
    expect(new Date(localToInstant(Date.parse(wall), zone)).toISOString()).toBe(instant);
  });

  test('knows zones by their names, and no offsets', () => {
    expect(['UTC', 'Europe/Paris', '+02:00', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

test('the text of an amount reads back as the amount, in currencies of every number of digits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }),
      fc.constantFrom('JPY', 'EUR', 'KWD', 'CLF'),
      (amount, currency) => {
        expect(moneyOf({ total: amountText({ amount, currency }), currency })).toEqual({ amount, currency });
      },
    ),
  );
});
