/** Records by the partition that they go to. */
import { splitBySize, type KeyedValue } from './batch-payload.ts';
import type { PlacedRecord } from './port.ts';

export interface PartitionRecords {
  topic: string;
  partition: number;
  records: readonly KeyedValue[];
}

/**
 * Sorted by (topic, partition), which is the order in which appends lock; those of one partition in their order, cut into parts
 * of about `maxPartBytes`.
 */
export function gatherParts(parts: Iterable<PartitionRecords>, maxPartBytes: number): PartitionRecords[] {
  const byPartition = new Map<string, { topic: string; partition: number; records: KeyedValue[] }>();
  for (const { topic, partition, records } of parts) {
    const key = `${topic}/${partition}`;
    let gathered = byPartition.get(key);
    if (gathered === undefined) byPartition.set(key, (gathered = { topic, partition, records: [] }));
    for (const record of records) gathered.records.push(record);
  }
  return [...byPartition.values()]
    .toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
    .flatMap(({ topic, partition, records }) =>
      splitBySize(records, maxPartBytes).map((part) => ({ topic, partition, records: part })),
    );
}

export function* byPlace(records: readonly PlacedRecord[]): Generator<PartitionRecords> {
  for (const record of records) {
    yield { topic: record.topic, partition: record.partition, records: [record] };
  }
}
