/** What a turn of the consumer consists of: records of a partition that follow each other, and how they are to be consumed. */
import type { DeadLetterCode } from '@throughline/contracts';
import type { PartitionBatch } from '../port.ts';
import { type TrafficClass, trafficOfPartition } from '../traffic-class.ts';
import type { ClassifiedPart } from './create-turns-of-classes.ts';
import type { ConsumedRecord } from './parsed-record.ts';

export interface StuckReason {
  code: DeadLetterCode;
  /** For the dead letter; may quote the record. */
  message: string;
  /** For the log; must not. */
  problem: string;
  /** Attempts apart that count as made. */
  attempts: number;
}

export interface PartOptions {
  /** The transaction holds no other records. */
  isAlone?: boolean | undefined;
  /** The records are not handled but set aside as stuck, for this reason. */
  stuck?: StuckReason | undefined;
  /** Of each statement. Default: the pool's. */
  statementTimeoutMs?: number | undefined;
}

export interface TransactionPart<T> extends ClassifiedPart {
  /** Holds `records` and no others. */
  batch: PartitionBatch;
  records: readonly ConsumedRecord<T>[];
  options: PartOptions;
}

export function trafficOf(
  { dividedPartitions }: { dividedPartitions?: number },
  partition: number,
): TrafficClass {
  return dividedPartitions === undefined ? 'interactive' : trafficOfPartition(partition, dividedPartitions);
}
