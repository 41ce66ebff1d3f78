/**
 * Turns at the heap: a body becomes many times its bytes when it is parsed, decided and written (500 KB of `{}` are 10 MB
 * of objects), so how many are processed at once depends on what they become, not on what was sent.
 *
 * Small bodies have a lane of their own, and do not wait behind large ones. In a lane each kind of sender, public or server,
 * may use three quarters, and its senders take turns: one that queues many bodies delays its own. A body heavier than that
 * passes when the lane is empty, or it never would; until then the lane is given to nothing else.
 *
 * What a body becomes is estimated from its bytes, which takes 2 to 9 µs a kilobyte: up to half of a lane the worst case of its
 * length is taken instead.
 */
import { AppError } from '@throughline/contracts';
import { shareOfKind, type SenderKind } from './sender-kind.ts';
import { SenderQueue } from './sender-queue.ts';

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

  take(kind: SenderKind, sender: string, body: Uint8Array): Turn {
    const lane = body.length <= smallBodyBytes ? this.#lanes.small : this.#lanes.large;
    const worstCase = (body.length + 1) * (heapBytesPerByte + heapBytesPerMark);
    return lane.take(kind, sender, lane.isHalfFree(worstCase) ? worstCase : estimateHeapBytes(body));
  }

  /** Whether small bodies are being processed. */
  hasSmall(): boolean {
    return this.#lanes.small.used > 0;
  }
}

interface KindInLane {
  used: number;
  waiting: SenderQueue<Waiting>;
}

class Lane {
  readonly #capacity: number;
  readonly #maxWaitMs: number;
  readonly #kinds: Record<SenderKind, KindInLane> = {
    server: { used: 0, waiting: new SenderQueue() },
    public: { used: 0, waiting: new SenderQueue() },
  };

  constructor(capacity: number, maxWaitMs: number) {
    this.#capacity = capacity;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Whether nothing waits, and the lane with `weight` would be half full at most. */
  isHalfFree(weight: number): boolean {
    return this.#isUncontested() && this.used + weight <= this.#capacity / 2;
  }

  take(kind: SenderKind, sender: string, weight: number): Turn {
    const ofKind = this.#kinds[kind];
    if (this.#isUncontested() && this.#decide(ofKind, weight) === 'fits') {
      ofKind.used += weight;
      return { granted: Promise.resolve(), end: once(() => this.#free(ofKind, weight)) };
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isGranted = false;
    const timer = setTimeout(() => {
      this.#leave(ofKind, sender, waiting);
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
    ofKind.waiting.add(sender, waiting);
    // The other kind may be what waits.
    this.#grantWaiting();
    const end = once(() => {
      clearTimeout(timer);
      if (isGranted) this.#free(ofKind, weight);
      else this.#leave(ofKind, sender, waiting);
    });
    return { granted: promise, end };
  }

  get used(): number {
    return this.#kinds.server.used + this.#kinds.public.used;
  }

  #isUncontested(): boolean {
    return this.#kinds.server.waiting.isEmpty && this.#kinds.public.waiting.isEmpty;
  }

  #decide(ofKind: KindInLane, weight: number): 'fits' | 'lane_full' | 'share_used' {
    if (this.used === 0) return 'fits';
    const share = this.#capacity * shareOfKind;
    if (weight <= share && ofKind.used + weight > share) return 'share_used';
    return weight <= share && this.used + weight <= this.#capacity ? 'fits' : 'lane_full';
  }

  #leave(ofKind: KindInLane, sender: string, waiting: Waiting): void {
    ofKind.waiting.remove(sender, waiting);
    this.#grantWaiting();
  }

  #free(ofKind: KindInLane, weight: number): void {
    ofKind.used -= weight;
    this.#grantWaiting();
  }

  /** Servers first: neither kind can use the share of the other, and what waits for the whole lane gets it. */
  #grantWaiting(): void {
    for (const ofKind of [this.#kinds.server, this.#kinds.public]) {
      if (this.#grantOfKind(ofKind) === 'lane_full') return;
    }
  }

  #grantOfKind(ofKind: KindInLane): 'lane_full' | 'done' {
    for (let next = ofKind.waiting.peek(); next !== undefined; next = ofKind.waiting.peek()) {
      const decision = this.#decide(ofKind, next.weight);
      if (decision !== 'fits') return decision === 'lane_full' ? 'lane_full' : 'done';
      ofKind.waiting.take();
      ofKind.used += next.weight;
      next.grant();
    }
    return 'done';
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
