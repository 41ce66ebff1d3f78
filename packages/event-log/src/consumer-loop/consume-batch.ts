/** What the loop does with each batch: whole while all is well, record by record where attempts did not finish. */
import { mapInSlices } from '@throughline/timing';
import type { PartitionBatch } from '../port.ts';
import { isAlone, isExhausted } from './attempt.ts';
import { classifyFailure } from './classify-failure.ts';
import { consumeIsolating } from './consume-isolating.ts';
import { consumePart } from './consume-part.ts';
import type { ConsumerContext } from './consumer.ts';
import { parseConsumed, type ConsumedRecord } from './parsed-record.ts';
import type { PartitionAttempts } from './partition-attempts.ts';
import type { StuckReason } from './transaction-part.ts';

export async function consumeBatch<T, R>(
  context: ConsumerContext<T, R>,
  attempts: PartitionAttempts,
  batch: PartitionBatch,
): Promise<void> {
  // A service answers requests on the same thread: megabytes of records are not parsed in one turn of the event loop.
  const records = await mapInSlices(batch.records, (record) => parseConsumed(context.consumer, record));
  try {
    const rest = await consumeSuspects(context, attempts, batch, records);
    await consumeIsolating(context, batch, rest);
    attempts.succeed();
  } catch (error) {
    const kind = classifyFailure(error, batch.signal);
    if (kind === 'interrupted' || kind === 'environment') await attempts.forgive();
    throw error;
  }
}

/** Consumes alone what has to be; returns the records after it. */
async function consumeSuspects<T, R>(
  context: ConsumerContext<T, R>,
  attempts: PartitionAttempts,
  batch: PartitionBatch,
  records: readonly ConsumedRecord<T>[],
): Promise<readonly ConsumedRecord<T>[]> {
  for (const [index, consumed] of records.entries()) {
    const attempt = await attempts.begin(batch, consumed.record.offset);
    if (attempt === null || !isAlone(attempt)) return records.slice(index);
    if (isExhausted(attempt)) {
      await consumePart(context, batch, [consumed], { stuck: exhausted(context) });
    } else {
      await consumeIsolating(context, batch, [consumed], { isAlone: true });
    }
  }
  return [];
}

/** It may end the process each time: two more attempts apart, hours later, then it is dead. */
function exhausted<T, R>({ retryPolicy }: ConsumerContext<T, R>): StuckReason {
  const message = 'no attempt finished: the process ended, the connection was lost, or locks were never free';
  return {
    code: 'attempts_exhausted',
    message,
    problem: message,
    attempts: Math.max(0, retryPolicy.limit - 2),
  };
}
