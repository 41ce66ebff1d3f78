/**
 * The bytes of all bodies that the service holds, and which give way when they are too many. A plain limit would let a few
 * connections that never finish their bodies shut out all others, so here the newcomer is let in and another goes:
 *
 * 1. `bytes()` is the sum over all bodies that are held.
 * 2. A body that is being processed is never sacrificed; one that is still arriving or waits for its turn may be.
 * 3. Of the senders the one that holds most gives way, and of its bodies the one that has held most for longest: an
 *    honest body is whole within milliseconds, and is neither.
 */
import { AppError } from '@throughline/contracts';

export interface HeldBody {
  readonly sender: string;
  /** Ends the request that the body belongs to. */
  readonly giveWay: (fault: AppError) => void;
  bytes: number;
  /** Milliseconds of a monotonic clock. */
  readonly since: number;
}

export interface BodyBudgetOptions {
  maxBytes: number;
  /** A monotonic clock, in milliseconds. */
  now: () => number;
}

/** Down to this share of the limit at once, or each further packet of a flood would cost a search. */
const lowWater = 7 / 8;

export class BodyBudget {
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** Every body that may be sacrificed, by sender. */
  readonly #sacrificable = new Map<string, Set<HeldBody>>();
  #bytes = 0;

  constructor({ maxBytes, now }: BodyBudgetOptions) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  bytes(): number {
    return this.#bytes;
  }

  open(sender: string, giveWay: (fault: AppError) => void): HeldBody {
    const body = { sender, giveWay, bytes: 0, since: this.#now() };
    const ofSender = this.#sacrificable.get(sender);
    if (ofSender === undefined) this.#sacrificable.set(sender, new Set([body]));
    else ofSender.add(body);
    return body;
  }

  /** May end other requests. @throws AppError overloaded when this body is the one to give way */
  hold(body: HeldBody, bytes: number): void {
    body.bytes += bytes;
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) this.#makeRoom(body);
  }

  /** From here on the body is being processed, and stays. */
  keep(body: HeldBody): void {
    const ofSender = this.#sacrificable.get(body.sender);
    if (ofSender?.delete(body) === true && ofSender.size === 0) this.#sacrificable.delete(body.sender);
  }

  release(body: HeldBody): void {
    this.keep(body);
    this.#bytes -= body.bytes;
    body.bytes = 0;
  }

  #makeRoom(newcomer: HeldBody): void {
    while (this.#bytes > this.#maxBytes * lowWater) {
      const mustEnd = this.#bytes > this.#maxBytes;
      const loser = this.#findSacrifice(mustEnd ? null : newcomer);
      if (loser === null) return;
      this.release(loser);
      const fault = new AppError('overloaded', 'too many bodies are held; repeat this request');
      if (loser === newcomer) throw fault;
      loser.giveWay(fault);
    }
  }

  #findSacrifice(spared: HeldBody | null): HeldBody | null {
    let most = 0;
    let bodies: ReadonlySet<HeldBody> = new Set();
    for (const ofSender of this.#sacrificable.values()) {
      let held = 0;
      for (const body of ofSender) if (body !== spared) held += body.bytes;
      if (held > most) {
        most = held;
        bodies = ofSender;
      }
    }
    const now = this.#now();
    let worst: HeldBody | null = null;
    let worstScore = -1;
    for (const body of bodies) {
      if (body === spared) continue;
      const score = body.bytes * (now - body.since);
      if (score > worstScore) {
        worst = body;
        worstScore = score;
      }
    }
    return worst;
  }
}
