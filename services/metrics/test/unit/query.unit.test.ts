import { describe, expect, test } from 'vitest';
import { parseDay } from '../../src/core/calendar.ts';
import { readDayRange } from '../../src/http/query.ts';

function day(text: string): number {
  const parsed = parseDay(text);
  if (parsed === null) throw new Error(`${text} is no day`);
  return parsed;
}

describe('a range of days', () => {
  const today = day('2026-11-21');

  test('is the last 30 days, today included, where nothing is said', () => {
    expect(readDayRange({}, today)).toEqual({ from: day('2026-10-23'), to: today });
  });

  test('ends today where only its start is said', () => {
    expect(readDayRange({ from: '2026-11-01' }, today)).toEqual({ from: day('2026-11-01'), to: today });
  });

  test("starts with the caller's day where that is ahead of the reporting zone", () => {
    const tomorrow = day('2026-11-22');
    expect(readDayRange({ from: '2026-11-22' }, today)).toEqual({ from: tomorrow, to: tomorrow });
  });

  test('is refused where its start is after its end', () => {
    expect(() => readDayRange({ from: '2026-11-22', to: '2026-11-21' }, today)).toThrow(/is after to/);
  });
});
