/**
 * Large batches that cannot be used, so that what they put into the log changes no figure: they fill what ingest holds while its
 * log is away, and what of them is acknowledged has to be in the rejected store.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface RejectLoad {
  /** Items of the batches that were answered 200. */
  acknowledged: () => number;
  /** How often each status was answered; 0 is no answer. */
  statuses: ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

const workers = 80;
const itemsEach = 20;
const noteLength = 20_000;
const pauseMs = 1_000;
/** Less than `Retry-After` asks for: clients that take it lightly. */
const pauseAfterRefusalMs = 4_000;
const requestTimeoutMs = 60_000;

export function startRejectLoad(url: string, key: string): RejectLoad {
  const statuses = new Map<number, number>();
  const stopping = new AbortController();
  const note = 'x'.repeat(noteLength);
  const body = JSON.stringify({
    batch: Array.from({ length: itemsEach }, (_, index) => ({
      type: 'unusable',
      messageId: `r-${index}`,
      note,
    })),
  });
  let acknowledged = 0;

  async function post(): Promise<number> {
    try {
      const answer = await fetch(`${url}/v1/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body,
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(requestTimeoutMs)]),
      });
      await answer.text();
      return answer.status;
    } catch {
      return 0;
    }
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const status = await post();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) acknowledged += itemsEach;
      const waitMs = status === 503 ? pauseAfterRefusalMs : pauseMs;
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const working = Promise.all(Array.from({ length: workers }, work));
  return {
    acknowledged: () => acknowledged,
    statuses,
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
