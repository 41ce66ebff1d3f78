/** What waits, by its sender. Senders take turns: one that queues much delays only what is its own. */
export class SenderQueue<T> {
  /** In the order in which the senders come to their next turn. */
  readonly #waiting = new Map<string, Set<T>>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(sender: string, waiting: T): void {
    const ofSender = this.#waiting.get(sender);
    if (ofSender === undefined) this.#waiting.set(sender, new Set([waiting]));
    else ofSender.add(waiting);
  }

  remove(sender: string, waiting: T): void {
    const ofSender = this.#waiting.get(sender);
    if (ofSender?.delete(waiting) === true && ofSender.size === 0) this.#waiting.delete(sender);
  }

  peek(): T | undefined {
    for (const ofSender of this.#waiting.values()) for (const next of ofSender) return next;
    return undefined;
  }

  /** Removes what `peek` returns; its sender comes behind all others. */
  take(): T | undefined {
    for (const [sender, ofSender] of this.#waiting) {
      for (const next of ofSender) {
        ofSender.delete(next);
        this.#waiting.delete(sender);
        if (ofSender.size > 0) this.#waiting.set(sender, ofSender);
        return next;
      }
    }
    return undefined;
  }
}
