/**
 * One column of a history while a batch is applied: reads what was loaded, keeps what the batch changes, and reports days
 * that are needed and not loaded. Until they are, it answers as if there were nothing on them; the batch is then applied
 * again.
 */
import { KnownDays } from './known-days.ts';

/** Receives the days that are needed and not loaded. */
export type RequestDays = (from: number, to: number) => void;

export class DayColumn<T> {
  readonly #days: KnownDays<T>;
  readonly #request: RequestDays;
  /** Days that were written. */
  readonly written = new Set<number>();

  /** @param days changed by this column from now on */
  constructor(days: KnownDays<T>, request: RequestDays) {
    this.#days = days;
    this.#request = request;
  }

  /** Of a history that exists only while a batch is applied. */
  static complete<T>(values: Iterable<readonly [day: number, value: T]> = []): DayColumn<T> {
    const days = KnownDays.complete<T>();
    days.learn(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [...values]);
    return new DayColumn(days, () => {});
  }

  get(day: number): T | null {
    const value = this.#days.get(day);
    if (value === undefined) this.#request(day, day);
    return value ?? null;
  }

  set(day: number, value: T | null): void {
    this.#days.set(day, value);
    this.written.add(day);
  }

  /** The last day with a value that is not after the day. */
  floor(day: number): number | null {
    const found = this.#days.floor(day);
    if (found === undefined) {
      const below = this.#days.spanAround(day)?.[0];
      const missing = below === undefined ? day : below - 1;
      this.#request(missing, missing);
    }
    return found ?? null;
  }

  /** The first day with a value that is after the day. */
  higher(day: number): number | null {
    const found = this.#days.higher(day);
    if (found === undefined) {
      const next = day === Number.NEGATIVE_INFINITY ? day : day + 1;
      const above = this.#days.spanAround(next)?.[1];
      const missing = above === undefined ? next : above + 1;
      this.#request(missing, missing);
    }
    return found ?? null;
  }

  /** All days with a value, ascending. */
  entries(): [day: number, value: T][] {
    const span = this.#days.spanAround(Number.NEGATIVE_INFINITY);
    if (span?.[1] !== Number.POSITIVE_INFINITY)
      this.#request(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    return this.#days.entries();
  }
}

/** @param amount negative to take away */
export function addCount(column: DayColumn<number>, day: number, amount: number): void {
  const count = (column.get(day) ?? 0) + amount;
  column.set(day, count === 0 ? null : count);
}
