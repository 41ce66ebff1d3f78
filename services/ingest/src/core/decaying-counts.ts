/**
 * What each name has counted lately: a count loses its value by half in every half-life. Times are milliseconds of a clock that
 * never goes back.
 */

interface Level {
  count: number;
  at: number;
}

export class DecayingCounts {
  readonly #halfLifeMs: number;
  readonly #remembered: number;
  /** In the order of their last use. */
  readonly #levels = new Map<string, Level>();

  /** @param remembered most names; above it the one that was used longest ago is forgotten */
  constructor({ halfLifeMs, remembered }: { halfLifeMs: number; remembered: number }) {
    this.#halfLifeMs = halfLifeMs;
    this.#remembered = remembered;
  }

  /** The count with `amount` in it. */
  add(name: string, amount: number, now: number): number {
    const level = this.#levels.get(name);
    const left = level === undefined ? 0 : level.count * 0.5 ** ((now - level.at) / this.#halfLifeMs);
    const count = left + amount;
    this.#levels.delete(name);
    this.#levels.set(name, { count, at: now });
    if (this.#levels.size > this.#remembered) {
      const [oldest = name] = this.#levels.keys();
      this.#levels.delete(oldest);
    }
    return count;
  }
}
