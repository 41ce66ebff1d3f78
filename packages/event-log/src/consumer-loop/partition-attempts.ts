/** The attempts at one claimed partition: when they are written, and what follows from them. */
import type { Pool } from 'pg';
import type { ConsumerIdentity } from '../consumer/consume-in-transaction.ts';
import type { PartitionBatch } from '../port.ts';
import { decideAttempt, forgiveAttempt, type Attempt } from './attempt.ts';
import { findAttempt, saveAttempt } from './attempt-store.ts';

/**
 * States: `claimed`, until its first batch finished; `trusted`, when one did: nothing is written from then on.
 * `isolating`, while the attempt says so: one row is written for each record.
 */
export class PartitionAttempts {
  readonly #pool: Pool;
  readonly #identity: ConsumerIdentity;
  readonly #place: { topic: string; partition: number };
  #isTrusted = false;
  #attempt: Attempt | undefined;

  constructor(pool: Pool, identity: ConsumerIdentity, place: { topic: string; partition: number }) {
    this.#pool = pool;
    this.#identity = identity;
    this.#place = place;
  }

  /** The partition was claimed, or a batch failed: what comes next is counted. */
  suspect(): void {
    this.#isTrusted = false;
    this.#attempt = undefined;
  }

  /** Before a batch, or before one of its records while it isolates. Null when nothing is suspected. */
  async begin(batch: PartitionBatch, offset: number): Promise<Attempt | null> {
    const isIsolating = this.#attempt !== undefined && offset < this.#attempt.isolateBelow;
    if (this.#isTrusted && !isIsolating) return null;
    const { topic, partition } = this.#place;
    const previous = this.#attempt ?? (await findAttempt(this.#pool, this.#identity, topic, partition));
    const endOffset = (batch.records.at(-1)?.offset ?? offset) + 1;
    this.#attempt = decideAttempt(previous, { offset, endOffset });
    await saveAttempt(this.#pool, this.#identity, this.#place, this.#attempt);
    return this.#attempt;
  }

  succeed(): void {
    this.#isTrusted = true;
  }

  /** The attempt failed for a reason that is not in its records. */
  async forgive(): Promise<void> {
    if (this.#attempt === undefined) return;
    const forgiven = forgiveAttempt(this.#attempt);
    this.#attempt = undefined;
    // What cannot be written now counts once too often: three of those isolate a batch, which costs a few seconds.
    await saveAttempt(this.#pool, this.#identity, this.#place, forgiven).catch(() => {});
  }
}
