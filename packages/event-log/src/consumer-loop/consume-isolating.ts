/**
 * A batch that fails for a reason of its own is halved until the record at fault is alone, and that one is set aside; the
 * partition continues. Failures that are not the batch's own are passed on, for the subscription to retry.
 */
import type { PartitionBatch } from '../port.ts';
import { classifyFailure, describeFailure, failureName } from './classify-failure.ts';
import { consumePart } from './consume-part.ts';
import type { ConsumerContext } from './consumer.ts';
import { cutByWeight } from './cut-by-weight.ts';
import { weightOf, type ConsumedRecord } from './parsed-record.ts';
import { trafficOf, type PartOptions, type StuckReason } from './transaction-part.ts';

/**
 * Of a statement while the record at fault is looked for: with the pool's 30 s, a record that runs into it would stop its
 * partition for five minutes. What needs more time alone gets it when it is retried apart.
 */
const halved: PartOptions = { isAlone: true, statementTimeoutMs: 10_000 };

/**
 * Consumes all of `records`, each in a transaction with as many others as the consumer's weight allows.
 * @param options `isAlone` keeps records of other partitions out of it
 */
export async function consumeIsolating<T, R>(
  context: ConsumerContext<T, R>,
  batch: PartitionBatch,
  records: readonly ConsumedRecord<T>[],
  options: Pick<PartOptions, 'isAlone'> = {},
): Promise<void> {
  const { maxWeight = Number.POSITIVE_INFINITY } = context.consumer;
  const isBulk = trafficOf(context.consumer, batch.partition) === 'bulk';
  const maxCount = () => (isBulk ? context.bulkPace.maxCount() : records.length);
  for (const part of cutByWeight(records, { maxWeight, maxCount }, weightOf)) {
    await consumeOrHalve(context, batch, part, options);
  }
}

async function consumeOrHalve<T, R>(
  context: ConsumerContext<T, R>,
  batch: PartitionBatch,
  part: readonly ConsumedRecord<T>[],
  options: PartOptions,
): Promise<void> {
  try {
    await consumePart(context, batch, part, options);
  } catch (error) {
    const kind = classifyFailure(error, batch.signal);
    if (kind !== 'own' && kind !== 'contention') throw error;
    if (part.length > 1) {
      context.onHalved?.();
      const middle = Math.ceil(part.length / 2);
      await consumeOrHalve(context, batch, part.slice(0, middle), halved);
      await consumeOrHalve(context, batch, part.slice(middle), halved);
      return;
    }
    if (kind === 'contention') throw error;
    const stuck: StuckReason = {
      code: 'record_failed',
      message: describeFailure(error),
      problem: failureName(error),
      attempts: 0,
    };
    await consumePart(context, batch, part, { stuck });
  }
}
