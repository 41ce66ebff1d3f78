/**
 * A fetch that sends again what was not answered for now. 429 and 503 say that nothing was done, so any request is repeated, after
 * `Retry-After` or a growing random wait. What a connection's failure leaves open is repeated only where twice is as good as
 * once: not a POST.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface RetryOptions {
  /** Of one request, the first included. Default 5. */
  attempts?: number;
  /** A longer `Retry-After` is not waited for. Default 60,000. */
  longestWaitMs?: number;
  /** First wait without `Retry-After`; each further one is up to twice as long. Default 200. */
  firstWaitMs?: number;
  fetch?: typeof fetch;
}

const undone = new Set([429, 503]);
const open = new Set([502, 504]);
const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export function createRetryFetch(options: RetryOptions = {}): typeof fetch {
  const { attempts = 5, longestWaitMs = 60_000, firstWaitMs = 200, fetch: send = fetch } = options;
  const backoffMs = (attempt: number): number =>
    Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);

  return async (input, init) => {
    const request = new Request(input, init);
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= attempts;
      const outcome = await sendOnce(send, request, isLast);
      if ('response' in outcome) {
        const { response } = outcome;
        const waitMs = retryAfterMs(response) ?? backoffMs(attempt);
        if (isLast || !mayRepeat(request.method, response.status) || waitMs > longestWaitMs) return response;
        await response.body?.cancel();
        await delay(waitMs, undefined, { signal: request.signal });
      } else {
        if (isLast || request.signal.aborted || !repeatable.has(request.method)) throw outcome.error;
        await delay(backoffMs(attempt), undefined, { signal: request.signal });
      }
    }
  };
}

/** A body can be sent once, so all but the last attempt send a copy. */
async function sendOnce(
  send: typeof fetch,
  request: Request,
  isLast: boolean,
): Promise<{ response: Response } | { error: unknown }> {
  try {
    return { response: await send(isLast ? request : request.clone()) };
  } catch (error) {
    return { error };
  }
}

function mayRepeat(method: string, status: number): boolean {
  return undone.has(status) || (open.has(status) && repeatable.has(method));
}

/** Seconds or a date; null for neither. */
function retryAfterMs(response: Response): number | null {
  const header = response.headers.get('retry-after');
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
