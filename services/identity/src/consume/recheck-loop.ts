/** Works off rechecks one page after the other, beside the batches, and rests when there is none. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@throughline/runtime';
import type { IdentityContext } from './identity-context.ts';
import { workOffRecheck } from './work-off-rechecks.ts';

/** How long the loop rests when there is nothing to do. A batch that leaves rechecks wakes it. */
const restMs = 1_000;

export interface RecheckLoop {
  wake(): void;
  /** Resolves when the page that is being worked off is done. */
  stop(): Promise<void>;
}

export function startRecheckLoop(context: IdentityContext, logger: Logger): RecheckLoop {
  const stopping = new AbortController();
  let waking = new AbortController();

  /** True when there may be more to do at once. */
  async function workOff(): Promise<boolean> {
    try {
      const worked = await workOffRecheck(context);
      if (worked) context.summary.count('recheckPages');
      return worked;
    } catch (error) {
      logger.warn({ event: 'recheck.failed', err: error }, 'a recheck failed; it is retried after a while');
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      if (await workOff()) continue;
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
