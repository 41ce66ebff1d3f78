/**
 * Two classes of traffic in one topic: the first half of the partitions is for single requests, the second for imports and
 * bursts. A record waits for the records before it in its partition; in a partition of its own class a visitor's page does not
 * wait for the thousands of orders that another sender has just sent.
 *
 * The class only says where a record waits. What it means is the same in both: effects do not depend on the order (law 1), so
 * records of one key may lie in both halves.
 */
import { partitionOfKey } from './partition-of-key.ts';

export type TrafficClass = 'interactive' | 'bulk';

/** Partition of a key in the half of its class. A topic of one partition is not divided. */
export function partitionOfTraffic(key: string, partitions: number, traffic: TrafficClass): number {
  const interactive = interactivePartitions(partitions);
  const bulk = partitions - interactive;
  if (traffic === 'interactive' || bulk === 0) return partitionOfKey(key, interactive);
  return interactive + partitionOfKey(key, bulk);
}

export function trafficOfPartition(partition: number, partitions: number): TrafficClass {
  return partition < interactivePartitions(partitions) ? 'interactive' : 'bulk';
}

/** Of an odd number the interactive half has one more. */
function interactivePartitions(partitions: number): number {
  return Math.ceil(partitions / 2);
}
