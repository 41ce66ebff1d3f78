/**
 * The bytes of all bodies that the service holds, and which give way when they are too many. A plain limit would let a few
 * connections that never finish their bodies shut out all others, so here the newcomer is let in and another goes:
 *
 * 1. `bytes()` is the sum over all bodies that are held.
 * 2. A body that is being processed is never sacrificed; one that is still arriving or waits for its turn may be.
 * 3. Each kind of sender, public or server, may hold three quarters. Bodies of the kind that holds most give way, so a flood
 *    with a website's key never ends a till's upload.
 * 4. Of its senders the one that holds most gives way, and of its bodies the one that has held most for longest: an
 *    honest body is whole within milliseconds, and is neither.
 */
import { AppError } from '@throughline/contracts';
import { shareOfKind, type SenderKind } from './sender-kind.ts';

export interface HeldBody {
  readonly sender: string;
  readonly kind: SenderKind;
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
  /** Every body that may be sacrificed, by kind and sender. */
  readonly #sacrificable: Record<SenderKind, Map<string, Set<HeldBody>>> = {
    public: new Map(),
    server: new Map(),
  };
  readonly #bytes: Record<SenderKind, number> = { public: 0, server: 0 };

  constructor({ maxBytes, now }: BodyBudgetOptions) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  bytes(): number {
    return this.#bytes.public + this.#bytes.server;
  }

  open(kind: SenderKind, sender: string, giveWay: (fault: AppError) => void): HeldBody {
    const body = { kind, sender, giveWay, bytes: 0, since: this.#now() };
    const ofSender = this.#sacrificable[kind].get(sender);
    if (ofSender === undefined) this.#sacrificable[kind].set(sender, new Set([body]));
    else ofSender.add(body);
    return body;
  }

  /** May end other requests. @throws AppError overloaded when this body is the one to give way */
  hold(body: HeldBody, bytes: number): void {
    body.bytes += bytes;
    this.#bytes[body.kind] += bytes;
    if (this.#isPast(body.kind, 1)) this.#makeRoom(body);
  }

  /** From here on the body is being processed, and stays. */
  keep(body: HeldBody): void {
    const ofKind = this.#sacrificable[body.kind];
    const ofSender = ofKind.get(body.sender);
    if (ofSender?.delete(body) === true && ofSender.size === 0) ofKind.delete(body.sender);
  }

  release(body: HeldBody): void {
    this.keep(body);
    this.#bytes[body.kind] -= body.bytes;
    body.bytes = 0;
  }

  #makeRoom(newcomer: HeldBody): void {
    while (this.#isPast(newcomer.kind, lowWater)) {
      const spared = this.#isPast(newcomer.kind, 1) ? null : newcomer;
      const loser = this.#findLoser(newcomer.kind, spared);
      if (loser === null) return;
      this.release(loser);
      const fault = new AppError('overloaded', 'too many bodies are held; repeat this request');
      if (loser === newcomer) throw fault;
      loser.giveWay(fault);
    }
  }

  /** Whether a share of what all may hold, or of what the kind may, is held. */
  #isPast(kind: SenderKind, share: number): boolean {
    const limit = this.#maxBytes * share;
    return this.bytes() > limit || this.#bytes[kind] > limit * shareOfKind;
  }

  #findLoser(kind: SenderKind, spared: HeldBody | null): HeldBody | null {
    const other = kind === 'public' ? 'server' : 'public';
    const isOwnKind = this.bytes() <= this.#maxBytes * lowWater || this.#bytes[kind] >= this.#bytes[other];
    // Where all of the kind that holds most is being processed, the other one has to.
    return (
      this.#findSacrifice(isOwnKind ? kind : other, spared) ??
      (isOwnKind ? null : this.#findSacrifice(kind, spared))
    );
  }

  #findSacrifice(kind: SenderKind, spared: HeldBody | null): HeldBody | null {
    let most = 0;
    let bodies: ReadonlySet<HeldBody> = new Set();
    for (const ofSender of this.#sacrificable[kind].values()) {
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
