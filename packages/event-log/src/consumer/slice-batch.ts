/** Consumers cut batches: to bound a transaction, or to find the record that no table can hold. */
import type { LogRecord, PartitionBatch } from '../port.ts';

/**
 * The batch with `records` only, some of its own that follow each other. It continues from the record before them, not from
 * where the whole batch does: a database that lost the part before it would pass for one that has it.
 */
export function sliceBatch(batch: PartitionBatch, records: readonly LogRecord[]): PartitionBatch {
  const [first] = records;
  const before = first === undefined ? undefined : batch.records[batch.records.indexOf(first) - 1];
  return {
    ...batch,
    records: [...records],
    ...(before === undefined ? {} : { fromOffset: before.offset + 1 }),
  };
}
