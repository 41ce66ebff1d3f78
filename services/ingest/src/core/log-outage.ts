/**
 * Whether the event log is away, by what became of the appends. While it is, requests are refused before anything of their bodies is
 * read: what is read, parsed and decided only to be refused costs several times its bytes of memory, and an answer that comes late.
 *
 * 1. An append failed, and none has succeeded since: away for `holdMs`. The request after that is the next attempt.
 * 2. An append has waited for `patienceMs`, and nothing was written in that time: away until something is, or it fails. A log that is
 *    slow and writes is not away, so one large import never has the others refused.
 */
export interface LogOutageLimits {
  holdMs: number;
  patienceMs: number;
}

/** `refused`: by a limit of this process, which says nothing about the log. */
export type AppendOutcome = 'written' | 'failed' | 'refused';

export interface PendingAppend {
  since: number;
}

/** Times are milliseconds of a clock that never goes back. */
export class LogOutage {
  readonly #limits: LogOutageLimits;
  /** Oldest first. */
  readonly #pending = new Set<PendingAppend>();
  #writtenAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: LogOutageLimits) {
    this.#limits = limits;
  }

  begin(now: number): PendingAppend {
    const append = { since: now };
    this.#pending.add(append);
    return append;
  }

  end(append: PendingAppend, outcome: AppendOutcome, now: number): void {
    this.#pending.delete(append);
    if (outcome === 'written') this.#writtenAt = now;
    if (outcome === 'failed') this.#failedAt = now;
  }

  isAway(now: number): boolean {
    const { holdMs, patienceMs } = this.#limits;
    if (this.#failedAt > this.#writtenAt && now - this.#failedAt < holdMs) return true;
    const [oldest] = this.#pending;
    return oldest !== undefined && now - Math.max(oldest.since, this.#writtenAt) > patienceMs;
  }
}
