/**
 * The history of a profile: the histories of its parts as one. Nothing is summed up in advance, so a question costs a look
 * at each part, of which a profile has few: its roots, and what is attached to each.
 */
import type { DayColumn } from './day-column.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

export interface HistoryPart {
  counts(activity: number): DayColumn<number>;
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
  readonly #lookups = new Map<number, DayLookup>();
  #stageDays: DayLookup | undefined;

  constructor(parts: readonly HistoryPart[]) {
    this.#parts = parts;
  }

  countOn(activity: number, day: number): number {
    let count = 0;
    for (const part of this.#parts) count += part.counts(activity).get(day) ?? 0;
    return count;
  }

  markOn(day: number): StageMark | null {
    let latest: StageMark | null = null;
    for (const part of this.#parts) latest = laterMark(latest, part.marks().get(day));
    return latest;
  }

  activeDays(activity: number): DayLookup {
    let lookup = this.#lookups.get(activity);
    if (lookup === undefined) {
      lookup = lookupIn(this.#parts.map((part) => part.counts(activity)));
      this.#lookups.set(activity, lookup);
    }
    return lookup;
  }

  stageDays(): DayLookup {
    this.#stageDays ??= lookupIn(this.#parts.map((part) => part.marks()));
    return this.#stageDays;
  }
}

function lookupIn(columns: readonly DayColumn<unknown>[]): DayLookup {
  const [only] = columns;
  if (only !== undefined && columns.length === 1) return only;
  return {
    floor(day) {
      let last: number | null = null;
      for (const column of columns) {
        const found = column.floor(day);
        if (found !== null && (last === null || found > last)) last = found;
      }
      return last;
    },
    higher(day) {
      let first: number | null = null;
      for (const column of columns) {
        const found = column.higher(day);
        if (found !== null && (first === null || found < first)) first = found;
      }
      return first;
    },
  };
}
