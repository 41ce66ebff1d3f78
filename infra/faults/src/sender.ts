/** A client that sends each batch to ingest again until it is acknowledged, and records which touchpoints were. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@throughline/testkit';
import type { Sent } from './workload.ts';

export interface Answer {
  /** Milliseconds since the epoch. */
  at: number;
  /** 0 when there was no answer. */
  status: number;
  retryAfter: string | null;
}

export interface Sender {
  /** Identifiers of the touchpoints that ingest acknowledged. */
  acknowledged: ReadonlySet<string>;
  /** Acknowledged batches, as a fraction of all: 0 to 1. */
  acknowledgedShare(): number;
  answers: readonly Answer[];
  /** Resolves when that share is acknowledged; rejects when the sender fails, is stopped, or five minutes pass first. */
  reached(share: number): Promise<void>;
  /**
   * Sends no more than that share until it is called with a larger one. It is 1 at first. A scenario whose faults may be
   * slow to inject uses it, so that not everything is sent before they happen.
   */
  holdAt(share: number): void;
  /** From now on to these addresses. */
  sendTo(urls: readonly string[]): void;
  /** Touchpoints beside the batches, once. Rejects unless all are accepted. */
  sendNow(touchpoints: readonly Sent[], url: string): Promise<void>;
  /** Resolves when every batch is acknowledged or the sender was stopped; rejects when ingest refuses a batch. */
  finished: Promise<void>;
  stop(): void;
}

const workers = 4;
const requestTimeoutMs = 40_000;
const shareTimeoutMs = 300_000;
const retryDelayMs = 150;

/** @param options.seconds over which the batches are spread, so that touchpoints are still sent while faults happen */
export function startSender(options: {
  urls: readonly string[];
  key: string;
  batches: readonly Sent[][];
  seconds: number;
  random: Random;
}): Sender {
  const { key, batches, seconds, random } = options;
  let { urls } = options;
  const acknowledged = new Set<string>();
  const answers: Answer[] = [];
  const stopping = new AbortController();
  const queue = batches.toReversed();
  let acknowledgedBatches = 0;
  let startedBatches = 0;
  let shareLimit = 1;

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
      startedBatches += 1;
      const number = startedBatches;
      while (number > shareLimit * batches.length && !stopping.signal.aborted) await delay(20);
      while (!(await post(batch))) {
        if (stopping.signal.aborted) return;
        await delay(retryDelayMs);
      }
      for (const { id } of batch) acknowledged.add(id);
      acknowledgedBatches += 1;
      await delay(random.below(Math.ceil((2_000 * seconds * workers) / batches.length)));
    }
  };
  const finished = Promise.all(Array.from({ length: workers }, work)).then(() => undefined);
  finished.catch(() => stopping.abort());
  const acknowledgedShare = (): number => acknowledgedBatches / batches.length;
  return {
    acknowledged,
    answers,
    acknowledgedShare,
    finished,
    holdAt: (wanted) => (shareLimit = wanted),
    sendTo: (others) => (urls = others),
    async sendNow(touchpoints, url) {
      await postItems(touchpoints, { url, key });
      for (const { id } of touchpoints) acknowledged.add(id);
    },
    stop: () => stopping.abort(),
    async reached(wanted) {
      const deadline = Date.now() + shareTimeoutMs;
      while (acknowledgedShare() < wanted) {
        if (stopping.signal.aborted) {
          await finished;
          throw new Error(`the sender was stopped at ${acknowledgedShare().toFixed(2)} of the batches`);
        }
        if (Date.now() > deadline)
          throw new Error(
            `the share of acknowledged batches is ${acknowledgedShare().toFixed(2)}, not ${wanted}`,
          );
        await delay(20);
      }
    },
  };
}

/** Returns status 0 when there was no answer. @throws Rejected when ingest refused an item of the batch */
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

async function postItems(
  touchpoints: readonly Sent[],
  { url, key }: { url: string; key: string },
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(touchpoints.map(({ item }) => item)),
  });
  const { accepted } = (await response.json()) as { accepted?: number };
  if (accepted !== touchpoints.length) throw new Error(`${accepted} of ${touchpoints.length} were accepted`);
}

class Rejected extends Error {}
