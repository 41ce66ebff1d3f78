/** Does pieces of work one after the other, beside everything else, and rests in between. */
import { setTimeout as delay } from 'node:timers/promises';

export interface WorkLoop {
  /** Ends the rest, or the one after the piece that is being done. */
  wake(): void;
  /** Resolves when the piece that is being done has ended. */
  stop(): Promise<void>;
}

/** @param work returns for how many ms to rest, 0 when there may be more to do at once; it never rejects */
export function startWorkLoop(work: () => Promise<number>): WorkLoop {
  const stopping = new AbortController();
  let waking = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      const restMs = await work();
      if (restMs <= 0) continue;
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      // Aborted means woken or stopped; there is nothing else that a delay could fail with.
      await delay(restMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    wake: () => waking.abort(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
