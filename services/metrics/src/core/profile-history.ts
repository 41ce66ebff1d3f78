/**
 * The history of a profile: the histories of its parts as one. Nothing is summed up in advance, so a question costs a look
 * at each part, of which a profile has few: its roots, and what is attached to each.
 */
import type { DayColumn } from './day-column.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

export interface HistoryPart {
  counts(activity: string): DayColumn<number>;
  marks(): DayColumn<StageMark>;
}

/** The days of a history that are of one kind. */
export interface DayLookup {
  /** The last one that is not after the day. */
  floor(day: number): number | null;
  /** The first one that is after the day. */
  higher(day: number): number | null;
}

export class ProfileHistory {
  readonly #parts: readonly HistoryPart[];

  constructor(parts: readonly HistoryPart[]) {
    this.#parts = parts;
  }

  countOn(activity: string, day: number): number {
    let count = 0;
    for (const part of this.#parts) count += part.counts(activity).get(day) ?? 0;
    return count;
  }

  markOn(day: number): StageMark | null {
    let latest: StageMark | null = null;
    for (const part of this.#parts) latest = laterMark(latest, part.marks().get(day));
    return latest;
  }

  activeDays(activity: string): DayLookup {
    return lookupIn(this.#parts.map((part) => part.counts(activity)));
  }

  stageDays(): DayLookup {
    return lookupIn(this.#parts.map((part) => part.marks()));
  }
}

function lookupIn(columns: readonly DayColumn<unknown>[]): DayLookup {
  const best = (found: (number | null)[], choose: (...days: number[]) => number): number | null => {
    const days = found.filter((day) => day !== null);
    return days.length === 0 ? null : days.reduce((left, right) => choose(left, right));
  };
  return {
    floor: (day) =>
      best(
        columns.map((column) => column.floor(day)),
        Math.max,
      ),
    higher: (day) =>
      best(
        columns.map((column) => column.higher(day)),
        Math.min,
      ),
  };
}
