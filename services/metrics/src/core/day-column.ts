/**
 * One column of a history while a batch is applied: reads what was loaded, keeps what the batch changes, and notes the days
 * that are needed and not loaded. Until they are, it answers as if there were nothing on them; the batch is then applied
 * again.
 */
import { KnownDays } from './known-days.ts';

/** Days from the first to the last, infinite for all. */
export interface DaySpan {
  from: number;
  to: number;
}

/** A column that needs more pieces than this is loaded as one. */
const maxPieces = 8;

const everything: DaySpan = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

const noDays: readonly number[] = [];
const noSpans: readonly DaySpan[] = [];

export class DayColumn<T> {
  readonly #days: KnownDays<T>;
  /** Days that are needed and not loaded; null while there are none, as of most columns. */
  #missing: Set<number> | null = null;
  #needsAll = false;
  #written: Set<number> | null = null;

  /** @param days changed by this column from now on */
  constructor(days: KnownDays<T>) {
    this.#days = days;
  }

  /** Of a history that exists only while a batch is applied. */
  static complete<T>(values: Iterable<readonly [day: number, value: T]> = []): DayColumn<T> {
    const days = KnownDays.complete<T>();
    days.learn(everything.from, everything.to, [...values]);
    return new DayColumn(days);
  }

  get(day: number): T | null {
    const value = this.#days.get(day);
    if (value === undefined) this.#miss(day);
    return value ?? null;
  }

  set(day: number, value: T | null): void {
    this.#days.set(day, value);
    (this.#written ??= new Set()).add(day);
  }

  /** Days that were written. */
  written(): Iterable<number> {
    return this.#written ?? noDays;
  }

  /** The last day with a value that is not after the day. */
  floor(day: number): number | null {
    const found = this.#days.floor(day);
    if (found === undefined) {
      const below = this.#days.spanAround(day)?.[0];
      this.#miss(below === undefined ? day : below - 1);
    }
    return found ?? null;
  }

  /** The first day with a value that is after the day. */
  higher(day: number): number | null {
    const found = this.#days.higher(day);
    if (found === undefined) {
      const next = day === Number.NEGATIVE_INFINITY ? day : day + 1;
      const above = this.#days.spanAround(next)?.[1];
      this.#miss(above === undefined ? next : above + 1);
    }
    return found ?? null;
  }

  /** All days with a value, ascending. */
  entries(): [day: number, value: T][] {
    if (this.#days.spanAround(everything.from)?.[1] !== everything.to) this.#needsAll = true;
    return this.#days.entries();
  }

  /** What is needed and not loaded. */
  needs(): readonly DaySpan[] {
    if (this.#needsAll) return [everything];
    if (this.#missing === null) return noSpans;
    const days = [...this.#missing];
    if (days.length <= maxPieces) return days.map((day) => ({ from: day, to: day }));
    days.sort((left, right) => left - right);
    return [{ from: days[0] as number, to: days.at(-1) as number }];
  }

  #miss(day: number): void {
    (this.#missing ??= new Set()).add(day);
  }
}

/** @param amount negative to take away */
export function addCount(column: DayColumn<number>, day: number, amount: number): void {
  const count = (column.get(day) ?? 0) + amount;
  column.set(day, count === 0 ? null : count);
}
