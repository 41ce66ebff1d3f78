/** Records of one partition into a transaction of the loop, alone or together with those of other partitions. */
import { sliceBatch } from '../consumer/slice-batch.ts';
import { charactersOf } from '../measure-batch.ts';
import type { PartitionBatch } from '../port.ts';
import type { ConsumerContext } from './consumer.ts';
import { weightOf, type ConsumedRecord } from './parsed-record.ts';
import { trafficOf, type PartOptions } from './transaction-part.ts';

/**
 * Consumes `part`, records of `batch` that follow each other; those below the committed offset are dropped. Rejects with
 * whatever fails, and nothing has happened. A turn is one transaction: a batch that is cut into many must not keep the other
 * partitions waiting.
 */
export async function consumePart<T, R>(
  context: ConsumerContext<T, R>,
  batch: PartitionBatch,
  part: readonly ConsumedRecord<T>[],
  options: PartOptions = {},
): Promise<void> {
  const traffic = trafficOf(context.consumer, batch.partition);
  if (traffic === 'interactive') context.bulkPace.noteArrival();
  await context.turns({
    partition: batch.partition,
    traffic,
    count: part.length,
    characters: part.reduce((sum, { record }) => sum + charactersOf(record), 0),
    weight: part.reduce((sum, record) => sum + weightOf(record), 0),
    isAlone: options.isAlone === true || options.stuck !== undefined,
    batch: sliceBatch(
      batch,
      part.map(({ record }) => record),
    ),
    records: part,
    options,
  });
}
