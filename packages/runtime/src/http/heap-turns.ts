/**
 * Turns at the heap: a body becomes many times its bytes when it is parsed, decided and written (500 KB of `{}` are 10 MB
 * of objects), so how many are processed at once depends on what they become, not on what was sent.
 *
 * Small bodies have a lane of their own, and do not wait behind large ones. In a lane the senders take turns: one that
 * queues many bodies delays its own. A body heavier than its lane passes when the lane is empty, or it never would.
 *
 * What a body becomes is estimated from its bytes, which takes 2 to 9 µs a kilobyte: up to half of a lane the worst case of its
 * length is taken instead.
 */
import { AppError } from '@throughline/contracts';

export interface HeapTurnsOptions {
  /** Estimated heap bytes of all bodies that are processed at one time, in each lane. */
  laneBytes: { small: number; large: number };
  /** A body that has waited for this long is refused; its client gives up soon anyway. */
  maxWaitMs: number;
}

export interface Turn {
  /** @throws AppError overloaded after `maxWaitMs` */
  granted: Promise<void>;
  /** Gives the turn back, or stops waiting for it. */
  end(): void;
}

interface Waiting {
  weight: number;
  grant: () => void;
}

/** An item may have 32 KiB, so a request that is not a batch is small. */
export const smallBodyBytes = 64 * 1024;

// Estimates, meant to be too high rather than too low: text is held up to ten times over (buffer, text, values, text of the record, escaped text
// of the record, parameter of the statement), and an empty object or a key that is never seen again costs about 90 bytes.
const heapBytesPerByte = 10;
const heapBytesPerMark = 96;
const comma = 0x2c;
const openBrace = 0x7b;
const openBracket = 0x5b;

/** What a body of JSON becomes at most. Counts marks in strings too: an estimate may be too high. */
export function estimateHeapBytes(body: Uint8Array): number {
  let marks = 1;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (byte === comma || byte === openBrace || byte === openBracket) marks++;
  }
  return body.length * heapBytesPerByte + marks * heapBytesPerMark;
}

export class HeapTurns {
  readonly #lanes: { small: Lane; large: Lane };

  constructor({ laneBytes, maxWaitMs }: HeapTurnsOptions) {
    this.#lanes = {
      small: new Lane(laneBytes.small, maxWaitMs),
      large: new Lane(laneBytes.large, maxWaitMs),
    };
  }

  take(sender: string, body: Uint8Array): Turn {
    const lane = body.length <= smallBodyBytes ? this.#lanes.small : this.#lanes.large;
    const worstCase = (body.length + 1) * (heapBytesPerByte + heapBytesPerMark);
    return lane.take(sender, lane.isHalfFree(worstCase) ? worstCase : estimateHeapBytes(body));
  }
}

class Lane {
  readonly #capacity: number;
  readonly #maxWaitMs: number;
  /** In the order in which the senders come to their next turn. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #used = 0;

  constructor(capacity: number, maxWaitMs: number) {
    this.#capacity = capacity;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Whether nothing waits, and the lane with `weight` would be half full at most. */
  isHalfFree(weight: number): boolean {
    return this.#waiting.size === 0 && this.#used + weight <= this.#capacity / 2;
  }

  take(sender: string, weight: number): Turn {
    if (this.#waiting.size === 0 && this.#fits(weight)) {
      this.#used += weight;
      return { granted: Promise.resolve(), end: once(() => this.#free(weight)) };
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isGranted = false;
    const timer = setTimeout(() => {
      this.#leave(sender, waiting);
      reject(new AppError('overloaded', 'too many requests are being processed; repeat this one'));
    }, this.#maxWaitMs);
    const waiting: Waiting = {
      weight,
      grant: () => {
        clearTimeout(timer);
        isGranted = true;
        resolve();
      },
    };
    const ofSender = this.#waiting.get(sender);
    if (ofSender === undefined) this.#waiting.set(sender, new Set([waiting]));
    else ofSender.add(waiting);
    const end = once(() => {
      clearTimeout(timer);
      if (isGranted) this.#free(weight);
      else this.#leave(sender, waiting);
    });
    return { granted: promise, end };
  }

  #fits(weight: number): boolean {
    return this.#used === 0 || this.#used + weight <= this.#capacity;
  }

  #leave(sender: string, waiting: Waiting): void {
    const ofSender = this.#waiting.get(sender);
    if (ofSender?.delete(waiting) === true && ofSender.size === 0) this.#waiting.delete(sender);
    this.#grantWaiting();
  }

  #free(weight: number): void {
    this.#used -= weight;
    this.#grantWaiting();
  }

  #grantWaiting(): void {
    for (const [sender, ofSender] of this.#waiting) {
      const [next] = ofSender;
      if (next === undefined || !this.#fits(next.weight)) return;
      ofSender.delete(next);
      this.#waiting.delete(sender);
      // Behind all others; iteration comes back to it after them.
      if (ofSender.size > 0) this.#waiting.set(sender, ofSender);
      this.#used += next.weight;
      next.grant();
    }
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
