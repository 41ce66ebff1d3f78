/**
 * Token buckets by name: each holds so many tokens, is full at first, and fills at a steady rate. Times are milliseconds of
 * a clock that never goes back.
 */

export interface TokenBucketOptions {
  perMinute: number;
  /** What a full bucket holds. */
  burst: number;
  /** Most names that are remembered; the one that was used longest ago is forgotten for a new one. */
  remembered: number;
}

interface Level {
  tokens: number;
  at: number;
}

export class TokenBuckets {
  readonly #options: TokenBucketOptions;
  /** In the order of their last use. */
  readonly #levels = new Map<string, Level>();

  constructor(options: TokenBucketOptions) {
    this.#options = options;
  }

  /** Until the bucket holds `cost`: 0 when it does, without end when no bucket can. */
  waitMs(name: string, cost: number, now: number): number {
    if (cost > this.#options.burst) return Number.POSITIVE_INFINITY;
    const missing = cost - this.tokens(name, now);
    return Math.max(0, (missing * 60_000) / this.#options.perMinute);
  }

  /** To be called when `waitMs` is 0. */
  take(name: string, cost: number, now: number): void {
    const tokens = this.tokens(name, now) - cost;
    this.#levels.delete(name);
    this.#levels.set(name, { tokens, at: now });
    if (this.#levels.size <= this.#options.remembered) return;
    for (const oldest of this.#levels.keys()) {
      this.#levels.delete(oldest);
      return;
    }
  }

  tokens(name: string, now: number): number {
    const { burst, perMinute } = this.#options;
    const level = this.#levels.get(name);
    if (level === undefined) return burst;
    return Math.min(burst, level.tokens + ((now - level.at) * perMinute) / 60_000);
  }
}
