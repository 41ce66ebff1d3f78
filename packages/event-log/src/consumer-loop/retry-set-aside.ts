/**
 * Retries what was set aside, apart from the stream: `stuck` records with a growing delay and a limit. `waiting` ones are due at any
 * time, for a process of a version that knows their kind: one that does not returns them and passes them over from then on, so
 * that it never takes them from a newer one beside it. Also deletes dead letters past their retention. Any number of processes may run it.
 */
import { retryTransaction } from '@throughline/postgres';
import { startWorkLoop } from '@throughline/timing';
import { pruneDeadLetters } from '../consumer/dead-letters.ts';
import { classifyFailure, describeFailure, failureName } from './classify-failure.ts';
import type { ConsumerContext } from './consumer.ts';
import {
  claimDueLetter,
  lockDueLetter,
  markDead,
  markProcessed,
  markStuck,
  returnLetter,
  wakeWaiting,
  type DueLetter,
} from './due-letters.ts';
import { parseConsumed } from './parsed-record.ts';
import { untraced } from './record-tracing.ts';
import { reportSetAside } from './report-set-aside.ts';
import { trafficOf } from './transaction-part.ts';

export interface SetAsideRetries {
  /** Finishes the attempt that is running. */
  stop(): Promise<void>;
}

const pruneIntervalMs = 3_600_000;
/** Ids that one process passes over; what it does not know beyond them is retried with a growing delay. */
const maxPassedOver = 10_000;
const pruneLimit = 1_000;
const prunesAtOnce = 50;

export function startRetryingSetAside<T, R>(context: ConsumerContext<T, R>): SetAsideRetries {
  const { pool, consumer, logger, retryPolicy, deadLetterRetentionDays: retentionDays } = context;
  const { schema, group } = consumer;
  const stopping = new AbortController();
  const { signal } = stopping;
  const passedOver = new Set<number>();
  let hasWoken = false;
  let nextPrune = performance.now();

  async function runOnce(): Promise<void> {
    if (!hasWoken) {
      // This process may be of a version that knows their kind.
      await wakeWaiting(pool, { schema, group });
      hasWoken = true;
    }
    while (!signal.aborted) {
      const letter = await claimDueLetter(pool, { schema, group }, retryPolicy, passedOver);
      if (letter === null) break;
      const isKnown = await retryLetter(context, letter, signal);
      if (isKnown || passedOver.size >= maxPassedOver) continue;
      passedOver.add(letter.id);
      await returnLetter(pool, schema, letter.id);
    }
    if (performance.now() < nextPrune) return;
    nextPrune = performance.now() + pruneIntervalMs;
    for (let pass = 0; pass < prunesAtOnce && !signal.aborted; pass++) {
      const pruned = await pruneDeadLetters(pool, { schema, retentionDays, limit: pruneLimit });
      context.onPruned?.(pruned);
      if (pruned < pruneLimit) break;
    }
  }

  const loop = startWorkLoop(async () => {
    await runOnce().catch((error: unknown) => {
      if (signal.aborted) return;
      logger.warn(
        { event: 'dead_letter.retry_failed', group, err: error },
        'dead letters could not be retried; tried again later',
      );
    });
    return retryPolicy.pollMs;
  });
  return {
    async stop() {
      stopping.abort();
      await loop.stop();
    },
  };
}

/**
 * One attempt. Its count was written before it, so that a record that ends the process is not retried for ever.
 *
 * @returns false when this version does not know the kind of the record
 */
async function retryLetter<T, R>(
  context: ConsumerContext<T, R>,
  letter: DueLetter,
  signal: AbortSignal,
): Promise<boolean> {
  const { parsed } = parseConsumed(context.consumer, letter.record);
  if (parsed.kind === 'unknown') return false;
  if (parsed.kind === 'unreadable') {
    const { problem } = parsed;
    await bury(context, letter, { code: 'unreadable_record', message: problem, problem });
    return true;
  }
  if (letter.state === 'stuck' && letter.attempts > context.retryPolicy.limit) {
    const problem = 'its last attempt did not finish';
    await bury(context, letter, { code: 'attempts_exhausted', message: problem, problem });
    return true;
  }
  const failure =
    parsed.kind === 'failed'
      ? { message: parsed.problem, problem: parsed.problem }
      : await handleApart(context, letter, parsed.value).then(
          () => null,
          (error: unknown) => {
            if (classifyFailure(error, signal) !== 'own') throw error;
            return { message: describeFailure(error), problem: failureName(error) };
          },
        );
  if (failure === null) return true;
  const reason = { code: 'record_failed', ...failure } as const;
  if (letter.state === 'waiting') await markStuck(context.pool, context.consumer.schema, letter.id, reason);
  else if (letter.attempts >= context.retryPolicy.limit) await bury(context, letter, reason);
  return true;
}

async function handleApart<T, R>(
  { pool, consumer, logger }: ConsumerContext<T, R>,
  letter: DueLetter,
  value: T,
): Promise<void> {
  const { schema, group } = consumer;
  const { id, topic, partition } = letter;
  const startedAt = performance.now();
  const records = [value];
  const partitions = [{ partition, records }];
  const shard = `${topic}/${partition}`;
  const neededKeys = new Set<string>();
  let attempts = 0;
  const done = await retryTransaction(pool, async (client) => {
    attempts += 1;
    // An operator may have replayed it, or another process handled it, since it was claimed.
    if (!(await lockDueLetter(client, schema, id))) return null;
    const result = await consumer.handle({
      client,
      topic,
      traffic: trafficOf(consumer, partition),
      partitions,
      records,
      shard,
      neededKeys,
      trace: untraced,
    });
    await markProcessed(client, schema, id);
    return { result };
  });
  if (done === null) return;
  logger.info(
    { event: 'dead_letter.processed', group, topic, partition, deadLetter: id, attempts: letter.attempts },
    'a record that was set aside is processed',
  );
  const durationMs = performance.now() - startedAt;
  consumer.report?.({
    topic,
    partitions,
    result: done.result,
    records,
    repeats: 0,
    attempts,
    durationMs,
  });
}

async function bury<T, R>(
  context: ConsumerContext<T, R>,
  letter: DueLetter,
  reason: {
    code: 'unreadable_record' | 'record_failed' | 'attempts_exhausted';
    message: string;
    problem: string;
  },
): Promise<void> {
  const { pool, consumer } = context;
  const { id, topic, partition, record, touchpoint } = letter;
  const { code, problem } = reason;
  if (!(await markDead(pool, consumer.schema, id, reason))) return;
  reportSetAside(context, {
    id,
    topic,
    partition,
    offset: record.offset,
    state: 'dead',
    code,
    problem,
    touchpoint,
  });
}
