/** One batch to ingest, again and again until it is acknowledged: its ids make every repetition harmless. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, type Batch } from '../core/build-batches.ts';
import { decideAnswer, retryDelayMs, type Answer, type RejectedAnswer } from '../core/decide-answer.ts';

export interface SenderOptions {
  ingestUrl: string;
  /** Default: that of touchpoints. */
  path?: '/v1/touchpoints' | '/v1/pos/receipts';
  key: string;
  /** How long a batch is tried before the replay stops. */
  patienceMs: number;
  /** Aborted when waiting for the next attempt makes no sense any more; requests in flight are finished. */
  stopping: AbortSignal;
  onWaiting: (why: string | null) => void;
  requestTimeoutMs?: number;
}

export type SendOutcome =
  | { kind: 'acknowledged'; accepted: number; rejected: RejectedAnswer[] }
  /** Asked to stop in the middle: the batch may or may not have arrived. */
  | { kind: 'given_up' }
  | { kind: 'stop'; why: string };

export async function sendBatch(batch: Batch, options: SenderOptions): Promise<SendOutcome> {
  if (batch.items.length === 0) return { kind: 'acknowledged', accepted: 0, rejected: [] };
  const body = bodyOf(batch);
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const decision = await attemptOnce(body, batch.items.length, options);
    if (decision.kind !== 'again') {
      if (attempt > 1) options.onWaiting(null);
      return decision;
    }
    if (options.stopping.aborted) return { kind: 'given_up' };
    const delayMs = retryDelayMs(attempt, decision.retryAfterMs, Math.random());
    if (performance.now() - startedAt + delayMs > options.patienceMs) {
      return {
        kind: 'stop',
        why: `${decision.why}, for ${Math.round((performance.now() - startedAt) / 1_000)} s`,
      };
    }
    options.onWaiting(decision.why);
    const isStopped = await sleep(delayMs, false, { signal: options.stopping }).catch(() => true);
    if (isStopped) return { kind: 'given_up' };
  }
}

async function attemptOnce(
  body: string,
  items: number,
  { ingestUrl, path = '/v1/touchpoints', key, requestTimeoutMs = 60_000 }: SenderOptions,
): Promise<ReturnType<typeof decideAnswer>> {
  let answer: Answer;
  try {
    const response = await fetch(`${ingestUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      // The key goes where it was meant to go, and nowhere that an answer points to.
      redirect: 'manual',
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    answer = {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      text: await response.text(),
    };
  } catch (error) {
    return { kind: 'again', why: `ingest does not answer (${reasonOf(error)})`, retryAfterMs: null };
  }
  return decideAnswer(answer, items, Date.now());
}

export function reasonOf(error: unknown): string {
  const { cause } = error as {
    cause?: { code?: unknown; message?: string; errors?: { code?: unknown }[] };
  };
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? cause?.message;
  if (typeof code === 'string') return code;
  return (error as Error).name === 'TimeoutError' ? 'no answer in time' : (error as Error).message;
}
