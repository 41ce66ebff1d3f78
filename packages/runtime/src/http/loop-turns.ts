/**
 * Turns at the event loop. All requests of a process share one thread: a body of half a megabyte can take it for a tenth of a
 * second, and a dozen of them that arrive together delayed everybody else by seconds on a busy machine.
 *
 * 1. Long work is done for one request at a time, so at most one large body is parsed in a turn of the loop.
 * 2. It pauses after each slice. The loop then serves what came meanwhile, and small requests never wait for more than a
 *    slice, or for what cannot be cut, such as one JSON.parse.
 * 3. While small requests are under way, long work leaves the loop for as long as it has just had it: a small request takes several
 *    turns of the loop, and would otherwise wait for a slice in each of them.
 * 4. The kinds of senders, public and server, alternate, and the senders of a kind take turns.
 */
import { setImmediate as nextLoopTurn, setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@throughline/contracts';
import { SenderQueue } from './sender-queue.ts';
import type { SenderKind } from './sender-kind.ts';

export interface LongWork {
  /** Whether the slice is used up. */
  isDue(): boolean;
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
  /** Lets the next one begin; more than once is as once. */
  end(): void;
}

/** Of a request that is done before anybody notices: never due, nothing to end. */
export const shortWork: LongWork = {
  isDue: () => false,
  pause: () => Promise.resolve(),
  end: () => {},
};

export interface LoopTurnsOptions {
  /** What has waited for this long is refused; its client gives up soon anyway. */
  maxWaitMs: number;
  /** Whether small requests are under way. */
  hasOthers: () => boolean;
  /** Default 4 ms. */
  sliceMs?: number;
}

interface Waiting {
  begin: (work: LongWork) => void;
}

export interface LoopTurn {
  /** @throws AppError overloaded after `maxWaitMs` */
  begun: Promise<LongWork>;
  /** Stops waiting, or ends the work. */
  end(): void;
}

const defaultSliceMs = 4;

export class LoopTurns {
  readonly #options: Required<LoopTurnsOptions>;
  readonly #queues: Readonly<Record<SenderKind, SenderQueue<Waiting>>> = {
    server: new SenderQueue(),
    public: new SenderQueue(),
  };
  #working: LongWork | null = null;
  #isScheduled = false;
  #next: SenderKind = 'server';

  constructor(options: LoopTurnsOptions) {
    this.#options = { sliceMs: defaultSliceMs, ...options };
  }

  take(kind: SenderKind, sender: string): LoopTurn {
    const { promise, resolve, reject } = Promise.withResolvers<LongWork>();
    let work: LongWork | null = null;
    const waiting: Waiting = {
      begin: (begun) => {
        clearTimeout(timer);
        work = begun;
        resolve(begun);
      },
    };
    const timer = setTimeout(() => {
      this.#queues[kind].remove(sender, waiting);
      reject(new AppError('overloaded', 'too many large requests are being processed; repeat this one'));
    }, this.#options.maxWaitMs);
    this.#queues[kind].add(sender, waiting);
    this.#schedule();
    return {
      begun: promise,
      end: () => {
        clearTimeout(timer);
        if (work === null) this.#queues[kind].remove(sender, waiting);
        else work.end();
      },
    };
  }

  /** In a turn of its own, so that two never begin in one. */
  #schedule(usedMs = 0): void {
    if (this.#isScheduled || this.#working !== null) return;
    this.#isScheduled = true;
    void this.#beginAfter(usedMs);
  }

  async #beginAfter(usedMs: number): Promise<void> {
    await this.#leave(usedMs);
    this.#isScheduled = false;
    this.#beginNext();
  }

  /** @param usedMs how long the loop was just used without a pause */
  async #leave(usedMs: number): Promise<void> {
    await nextLoopTurn();
    if (usedMs > 0 && this.#options.hasOthers()) await delay(usedMs);
  }

  #beginNext(): void {
    const other = this.#next === 'server' ? 'public' : 'server';
    const kind = this.#queues[this.#next].isEmpty ? other : this.#next;
    const waiting = this.#queues[kind].take();
    if (waiting === undefined) return;
    this.#next = kind === 'server' ? 'public' : 'server';
    this.#working = this.#createWork();
    waiting.begin(this.#working);
  }

  #createWork(): LongWork {
    let since = performance.now();
    const usedMs = (): number => performance.now() - since;
    const work: LongWork = {
      isDue: () => usedMs() > this.#options.sliceMs,
      pause: async () => {
        await this.#leave(usedMs());
        since = performance.now();
      },
      end: () => {
        if (this.#working !== work) return;
        this.#working = null;
        this.#schedule(usedMs());
      },
    };
    return work;
  }
}
