/**
 * The periods in which a profile is active, each with its first active day in it and the active period before it: what figures
 * of calendar periods are made of. One day more or less changes at most two of them, whatever the length of the history, and a
 * day after another one of its period none.
 */
import type { PeriodNumbers } from './period-numbers.ts';
import type { DayLookup } from './profile-history.ts';

export interface ActivePeriod {
  number: number;
  /** The first active day in it. */
  day: number;
  /** Number of the active period before it; null for the first. */
  previous: number | null;
}

export interface ActivePeriodChange extends ActivePeriod {
  /** 1 for one that comes, -1 for one that goes, as a day is added. */
  sign: 1 | -1;
}

/** The active days around a day. */
export interface Neighbours {
  before: number | null;
  after: number | null;
}

export function neighboursOf(others: DayLookup, day: number): Neighbours {
  return { before: others.floor(day - 1), after: others.higher(day) };
}

/** What adding the day changes; with the opposite signs, what taking it away does. */
export function activePeriodChanges(
  { numberOf }: PeriodNumbers,
  day: number,
  { before, after }: Neighbours,
): ActivePeriodChange[] {
  const number = numberOf(day);
  const previous = before === null ? null : numberOf(before);
  if (previous === number) return [];
  const added: ActivePeriodChange = { sign: 1, number, day, previous };
  if (after === null) return [added];
  const next = { number: numberOf(after), day: after };
  const removed: ActivePeriodChange = { sign: -1, ...next, previous };
  if (next.number === number) return [removed, added];
  return [added, removed, { sign: 1, ...next, previous: number }];
}
