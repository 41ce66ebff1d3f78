/**
 * Values by day, as far as they were loaded. A history may span decades and a batch needs a few days of it, so what was
 * loaded is a set of spans of days, complete within, and a question beyond them has the answer "not loaded".
 */

/** First and last day, both included. */
type Span = readonly [from: number, to: number];

/** Null where there is no such day, undefined where it is not loaded. */
export type FoundDay = number | null | undefined;

const always: readonly Span[] = [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]];

export class KnownDays<T> {
  /** Ascending, each with its value at the same place: thousands of histories are a few days long, so no map. */
  #days: number[] = [];
  #values: T[] = [];
  #spans: readonly Span[] = [];

  static complete<T>(): KnownDays<T> {
    const known = new KnownDays<T>();
    known.#spans = always;
    return known;
  }

  clone(): KnownDays<T> {
    const copy = new KnownDays<T>();
    copy.#days = this.#days.slice();
    copy.#values = this.#values.slice();
    copy.#spans = this.#spans;
    return copy;
  }

  /** Adds that these are all values from the first to the last day. */
  learn(from: number, to: number, values: readonly (readonly [day: number, value: T])[]): void {
    const known = new Map(this.entries());
    for (const [day, value] of values) known.set(day, value);
    const entries = [...known].sort(([left], [right]) => left - right);
    this.#days = entries.map(([day]) => day);
    this.#values = entries.map(([, value]) => value);
    const spans: [number, number][] = [];
    for (const span of [...this.#spans, [from, to] as const].sort((left, right) => left[0] - right[0])) {
      const last = spans.at(-1);
      if (last !== undefined && span[0] <= last[1] + 1) last[1] = Math.max(last[1], span[1]);
      else spans.push([...span]);
    }
    this.#spans = spans;
  }

  /** The span that holds the day; undefined when the day is not loaded. */
  spanAround(day: number): Span | undefined {
    for (const span of this.#spans) if (span[0] <= day && day <= span[1]) return span;
    return undefined;
  }

  /** Null where the day has none, undefined where it is not loaded. */
  get(day: number): T | null | undefined {
    const place = this.#countBelow(day);
    if (this.#days[place] === day) return this.#values[place];
    return this.spanAround(day) === undefined ? undefined : null;
  }

  set(day: number, value: T | null): void {
    const place = this.#countBelow(day);
    const replaced = this.#days[place] === day ? 1 : 0;
    if (value === null) {
      this.#days.splice(place, replaced);
      this.#values.splice(place, replaced);
    } else if (replaced === 1) {
      this.#values[place] = value;
    } else {
      this.#days.splice(place, 0, day);
      this.#values.splice(place, 0, value);
    }
  }

  /** The last day with a value that is not after the day. */
  floor(day: number): FoundDay {
    const span = this.spanAround(day);
    if (span === undefined) return undefined;
    const found = this.#days[this.#countBelow(day + 1) - 1];
    if (found !== undefined && found >= span[0]) return found;
    return span[0] === Number.NEGATIVE_INFINITY ? null : undefined;
  }

  /** The first day with a value that is after the day. */
  higher(day: number): FoundDay {
    const span = this.spanAround(day === Number.NEGATIVE_INFINITY ? day : day + 1);
    if (span === undefined) return undefined;
    const found = this.#days[this.#countBelow(day + 1)];
    if (found !== undefined && found <= span[1]) return found;
    return span[1] === Number.POSITIVE_INFINITY ? null : undefined;
  }

  /** Ascending by day. */
  entries(): [day: number, value: T][] {
    return this.#days.map((day, place) => [day, this.#values[place] as T]);
  }

  /** How many days with a value are before the day. */
  #countBelow(day: number): number {
    let low = 0;
    let high = this.#days.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#days[middle] as number) < day) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
