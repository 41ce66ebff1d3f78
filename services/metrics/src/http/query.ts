/** Query strings of the figures. Nothing unknown is ignored: a misspelt parameter would otherwise change an answer in silence. */
import { AppError } from '@throughline/contracts';
import { formatDay, parseDay } from '../core/calendar.ts';

export type Query = Readonly<Record<string, string>>;

const defaultDays = 30;
/** Three years with a leap day. */
const maxDays = 1_096;
/** 0001-01-01 and 9999-12-31: the years that `YYYY-MM-DD` has. There is no year 0. */
export const firstDay = -719_162;
export const lastDay = 2_932_896;

/** @throws AppError invalid_parameter for what is not in `allowed`, or is given twice */
export function readQuery(raw: unknown, allowed: readonly string[]): Query {
  const query: Record<string, string> = {};
  for (const [name, value] of Object.entries((raw ?? {}) as Record<string, unknown>)) {
    if (!allowed.includes(name)) {
      throw new AppError('invalid_parameter', `${name.slice(0, 50)} is not a parameter of this figure`, {
        field: name.slice(0, 50),
        expected: allowed.join(', '),
      });
    }
    if (typeof value !== 'string') {
      throw new AppError('invalid_parameter', `${name} is given more than once`, { field: name });
    }
    query[name] = value;
  }
  return query;
}

export interface DayRange {
  from: number;
  /** Included. */
  to: number;
}

/**
 * Default the last 30 days, today included. A `from` alone may be ahead of today: a caller's clock in UTC is, wherever
 * the reporting zone lies west of it.
 *
 * @throws AppError invalid_parameter, range_too_long
 */
export function readDayRange(query: Query, today: number): DayRange {
  const givenFrom = readDay(query, 'from');
  const to = readDay(query, 'to') ?? Math.max(today, givenFrom ?? today);
  const from = givenFrom ?? Math.max(firstDay, to - defaultDays + 1);
  if (from > to) {
    throw new AppError('invalid_parameter', `from (${formatDay(from)}) is after to (${formatDay(to)})`, {
      field: 'from',
    });
  }
  if (to - from + 1 > maxDays) {
    throw new AppError('range_too_long', `at most ${maxDays} days (3 years) in one answer`, {
      field: 'from',
      expected: `at most ${maxDays} days`,
    });
  }
  return { from, to };
}

/** Null where it is not given. @throws AppError invalid_parameter */
export function readDay(query: Query, name: string): number | null {
  const text = query[name];
  if (text === undefined) return null;
  const day = parseDay(text);
  if (day === null || day < firstDay || day > lastDay) {
    throw new AppError('invalid_parameter', `${name} must be a real day`, {
      field: name,
      expected: 'YYYY-MM-DD, from 0001-01-01 to 9999-12-31',
    });
  }
  return day;
}

/** @throws AppError invalid_parameter when it is missing, unconfigured_window when it is not one of the configured */
export function readWindow(query: Query, windows: readonly number[]): number {
  const text = query['window'];
  const expected = windows.join(', ');
  if (text === undefined) {
    throw new AppError('invalid_parameter', `window is required: one of ${expected}`, {
      field: 'window',
      expected,
    });
  }
  const window = windows.find((configured) => String(configured) === text);
  if (window === undefined) {
    throw new AppError('unconfigured_window', `the configured windows are ${expected}`, {
      field: 'window',
      expected,
      windows,
    });
  }
  return window;
}

/**
 * Default `purchase`.
 *
 * @throws AppError unknown_activity
 */
export function readActivity<T extends { activity: string }>(query: Query, activities: readonly T[]): T {
  const activity = query['activity'] ?? 'purchase';
  const found = activities.find((candidate) => candidate.activity === activity);
  if (found !== undefined) return found;
  const expected = activities.map((candidate) => candidate.activity).join(', ');
  throw new AppError('unknown_activity', `the activities are ${expected}`, { field: 'activity', expected });
}

/**
 * Default as many as there may be.
 *
 * @throws AppError invalid_parameter
 */
export function readLimit(query: Query, maxItems: number): number {
  const text = query['limit'] ?? String(maxItems);
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= maxItems) return limit;
  throw new AppError('invalid_parameter', 'limit is out of range', {
    field: 'limit',
    expected: `1 to ${maxItems}`,
  });
}

/**
 * Null where it is not given.
 *
 * @throws AppError invalid_parameter
 */
export function readChoice<T extends string>(query: Query, name: string, choices: readonly T[]): T | null {
  const text = query[name];
  if (text === undefined) return null;
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new AppError('invalid_parameter', `${name} is one of ${choices.join(', ')}`, {
    field: name,
    expected: choices.join(', '),
  });
}
