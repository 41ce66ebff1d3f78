/**
 * The one loop by which services consume. It owns the position and the fence, the turns of one process's transactions,
 * what cannot be used, the search for a record that makes its batch fail, and the retry of what was set aside. A service gives
 * it `parse` and `handle`.
 */
import { loadConsumerPosition } from './consumer/consume-in-transaction.ts';
import { consumeBatch } from './consumer-loop/consume-batch.ts';
import {
  defaultRetryPolicy,
  type Consumer,
  type ConsumerContext,
  type ConsumerDependencies,
} from './consumer-loop/consumer.ts';
import { consumeTogether } from './consumer-loop/consume-together.ts';
import { createBulkPace } from './consumer-loop/bulk-pace.ts';
import { createTurnsOfClasses } from './consumer-loop/create-turns-of-classes.ts';
import { PartitionAttempts } from './consumer-loop/partition-attempts.ts';
import { startRetryingSetAside } from './consumer-loop/retry-set-aside.ts';
import { maxBatchCharacters } from './measure-batch.ts';
import type { Subscription } from './port.ts';

export async function runConsumer<T, R>(
  consumer: Consumer<T, R>,
  dependencies: ConsumerDependencies,
): Promise<Subscription> {
  const { schema, group, topic, maxRecords = 1_000, maxWeight = Infinity, captureTail } = consumer;
  const limits = { maxCount: maxRecords, maxCharacters: maxBatchCharacters, maxWeight };
  const bulkPace = createBulkPace(maxRecords);
  const context: ConsumerContext<T, R> = {
    retryPolicy: defaultRetryPolicy,
    ...dependencies,
    consumer,
    bulkPace,
    turns: createTurnsOfClasses(
      (traffic) => (traffic === 'bulk' ? { ...limits, maxCount: bulkPace.maxCount() } : limits),
      (parts) => consumeTogether(context, parts),
    ),
  };
  const { pool, watch } = context;
  const partitions = new Map<number, PartitionAttempts>();

  function attemptsOf(partition: number): PartitionAttempts {
    const found = partitions.get(partition);
    if (found !== undefined) return found;
    const attempts = new PartitionAttempts(pool, { schema, group }, { topic, partition });
    partitions.set(partition, attempts);
    return attempts;
  }

  const subscription = await watch.subscribe({
    group,
    topics: [topic],
    // Read at each claim, and after each failure: until a batch is committed, attempts are counted, since the one before may have
    // ended its process.
    async loadPosition(of, partition) {
      attemptsOf(partition).suspect();
      return await loadConsumerPosition(pool, { schema, group }, of, partition);
    },
    handle: (batch) => consumeBatch(context, attemptsOf(batch.partition), batch),
    captureOutboxTail: captureTail,
    maxBatchRecords: maxRecords,
  });
  const retries = startRetryingSetAside(context);
  return {
    assigned: () => subscription.assigned(),
    async stop() {
      await Promise.all([subscription.stop(), retries.stop()]);
    },
  };
}
