/** Equal lines are logged once in a while, with how many were left out: a broken cluster logs much. */

export class RepeatedLines {
  readonly #intervalMs: number;
  readonly #now: () => number;
  readonly #logged = new Map<string, { at: number; leftOut: number }>();

  constructor(intervalMs: number, now: () => number = () => performance.now()) {
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  /** Null: said a short while ago. Else to be said, with the number of lines left out since. */
  admit(key: string): { leftOut: number } | null {
    const now = this.#now();
    const last = this.#logged.get(key);
    if (last !== undefined && now - last.at < this.#intervalMs) {
      last.leftOut++;
      return null;
    }
    // Keys hold texts of the client, of which there are many in theory.
    if (this.#logged.size >= maxKeys) this.#logged.clear();
    this.#logged.set(key, { at: now, leftOut: 0 });
    return { leftOut: last?.leftOut ?? 0 };
  }
}

const maxKeys = 200;
