/** A client that gives up on nothing and knows what was acknowledged. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@throughline/testkit';
import type { Sent } from './workload.ts';

export interface Answer {
  at: number;
  /** 0 when there was no answer. */
  status: number;
  retryAfter: string | null;
}

export interface Sender {
  acknowledged: ReadonlySet<string>;
  /** Of what is to be sent, by batches. */
  share(): number;
  answers: readonly Answer[];
  /** Resolves when that share is acknowledged; rejects when it is not in time. */
  reached(share: number): Promise<void>;
  /** Sends no more than that share until it is asked to send more: a slow machine must not miss the stream. */
  holdAt(share: number): void;
  finished: Promise<void>;
  stop(): void;
}

const workers = 4;
const requestTimeoutMs = 40_000;
const patienceMs = 300_000;
const pauseMs = 150;

/** @param seconds that the batches are spread over, so that faults meet a stream and not its end */
export function startSender(options: {
  urls: readonly string[];
  key: string;
  batches: readonly Sent[][];
  seconds: number;
  random: Random;
}): Sender {
  const { urls, key, batches, seconds, random } = options;
  const acknowledged = new Set<string>();
  const answers: Answer[] = [];
  const stopping = new AbortController();
  const queue = batches.toReversed();
  let done = 0;
  let begun = 0;
  let ceiling = 1;

  const post = async (batch: readonly Sent[]): Promise<boolean> => {
    const answer = await postBatch(batch, { url: random.pick(urls), key, signal: stopping.signal });
    answers.push(answer);
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      throw new Error(`ingest answered ${answer.status}`);
    }
    return answer.status === 200;
  };
  const work = async (): Promise<void> => {
    for (let batch = queue.pop(); batch !== undefined; batch = queue.pop()) {
      begun += 1;
      while (begun > ceiling * batches.length && !stopping.signal.aborted) await delay(20);
      while (!(await post(batch))) {
        if (stopping.signal.aborted) return;
        await delay(pauseMs);
      }
      for (const { id } of batch) acknowledged.add(id);
      done += 1;
      await delay(random.below(Math.ceil((2_000 * seconds * workers) / batches.length)));
    }
  };
  const finished = Promise.all(Array.from({ length: workers }, work)).then(() => undefined);
  finished.catch(() => stopping.abort());
  const share = (): number => done / batches.length;
  return {
    acknowledged,
    answers,
    share,
    finished,
    holdAt: (wanted) => (ceiling = wanted),
    stop: () => stopping.abort(),
    async reached(wanted) {
      const deadline = Date.now() + patienceMs;
      while (share() < wanted) {
        if (stopping.signal.aborted) await finished;
        if (Date.now() > deadline)
          throw new Error(`the sender stands at ${share().toFixed(2)} of its batches`);
        await delay(20);
      }
    },
  };
}

/** An answer with status 0 when there was none. @throws Rejected when an item was refused */
async function postBatch(
  batch: readonly Sent[],
  { url, key, signal }: { url: string; key: string; signal: AbortSignal },
): Promise<Answer> {
  const answer: Answer = { at: Date.now(), status: 0, retryAfter: null };
  try {
    const response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ batch: batch.map(({ item }) => item) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    const body = (await response.json()) as { rejected?: unknown[] };
    if (response.ok && (body.rejected?.length ?? 0) > 0) throw new Rejected(JSON.stringify(body.rejected));
    answer.status = response.status;
    answer.retryAfter = response.headers.get('retry-after');
  } catch (error) {
    if (error instanceof Rejected) throw error;
  }
  return { ...answer, at: Date.now() };
}

class Rejected extends Error {}
