/** Does pages of work one after the other, beside everything else, and rests when there is none. */
import { setTimeout as delay } from 'node:timers/promises';

/** How long the loop rests when there is nothing to do. What leaves work wakes it. */
const restMs = 1_000;

export interface WorkLoop {
  wake(): void;
  /** Resolves when the page that is being worked off is done. */
  stop(): Promise<void>;
}

/** @param work true when there may be more to do at once; it never rejects */
export function startWorkLoop(work: () => Promise<boolean>): WorkLoop {
  const stopping = new AbortController();
  let waking = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      if (await work()) continue;
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      // Aborted means woken; there is nothing else that a delay could fail with.
      await delay(restMs, undefined, { signal }).catch(() => undefined);
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
