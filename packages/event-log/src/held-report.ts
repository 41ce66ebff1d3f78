/**
 * Positions of a group that wait to be reported until what followed from them is in the log too. Otherwise the sum of the
 * lags of a group and of the next one down the chain would show nothing pending while records wait in the outbox between them.
 */
import type { SubscribeOptions } from './port.ts';

interface Held<T> {
  positions: T[];
  /** Undefined until it could be noted what is unsent. */
  isSent: (() => Promise<boolean>) | undefined;
}

export class HeldReport<T> {
  readonly #captureOutboxTail: SubscribeOptions['captureOutboxTail'];
  #held: Held<T> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(captureOutboxTail: SubscribeOptions['captureOutboxTail']) {
    this.#captureOutboxTail = captureOutboxTail;
  }

  /** What may be reported now, oldest first; `take` gives what came since, unless it has to wait for what is held. */
  release(take: () => T[]): Promise<T[]> {
    const released = this.#turn.then(() => this.#releaseNow(take));
    this.#turn = released.catch(() => {});
    return released;
  }

  async #releaseNow(take: () => T[]): Promise<T[]> {
    if (this.#captureOutboxTail === undefined) return take();
    const released: T[] = [];
    if (this.#held !== undefined) {
      if (!(await this.#isSent(this.#held))) return [];
      released.push(...this.#held.positions);
      this.#held = undefined;
    }
    const positions = take();
    if (positions.length === 0) return released;
    const held: Held<T> = { positions, isSent: undefined };
    this.#held = held;
    // What was released must not be lost by a failure to learn of the rest.
    if (!(await this.#isSent(held).catch(() => false))) return released;
    this.#held = undefined;
    return [...released, ...positions];
  }

  async #isSent(held: Held<T>): Promise<boolean> {
    held.isSent ??= await this.#captureOutboxTail?.();
    return (await held.isSent?.()) ?? true;
  }
}
