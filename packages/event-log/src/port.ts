/**
 * The event log as the services see it. Two adapters implement it; one contract suite holds both to it.
 *
 * The port is narrow on purpose: the position of a consumer is not the log's business but the consumer's, which
 * commits it together with the effects (see `consumer/consume-in-transaction.ts`), so an adapter only needs to start where the consumer says.
 */
import type { PoolClient } from 'pg';
import type { LogHaltDetails } from './log-halt.ts';
import type { TrafficClass } from './traffic-class.ts';

export interface OutgoingRecord {
  topic: string;
  /** Records with one key keep their order. */
  key: string;
  /** JSON text, UTF-8. */
  value: string;
  /** Of a topic whose partitions are divided by it. Default: the topic is not divided. */
  traffic?: TrafficClass | undefined;
  /** The trace that it belongs to, as `writeTraceparent` makes it: a header of the record. */
  traceparent?: string | undefined;
}

/** A record whose partition is fixed. */
export interface PlacedRecord extends OutgoingRecord {
  partition: number;
}

export interface LogRecord {
  offset: number;
  key: string;
  value: string;
  /** As `OutgoingRecord.traceparent`; absent where the record has none that can be read. */
  traceparent?: string | undefined;
}

export interface TopicDefinition {
  name: string;
  partitions: number;
  /** Keeps the last record of each key instead of all records for a time, where the log can. For readers from outside only. */
  isCompacted?: boolean;
}

export interface PartitionBatch {
  topic: string;
  partition: number;
  /** Ascending by offset; gaps are legal (a compacted or transactional Kafka log has them). Never empty. */
  records: LogRecord[];
  /**
   * The position that the batch continues from: nothing that is kept lies between it and the first record. A consumer whose
   * committed offset is lower must not skip what lies between (its database was restored under it).
   */
  fromOffset?: number;
  /** Aborted when the partition was taken away or the subscription stops: give up between steps. */
  signal: AbortSignal;
}

export interface PartitionLag {
  topic: string;
  partition: number;
  /** First offset that is still kept. */
  beginOffset: number;
  /** Offset of the next record to be written. */
  endOffset: number;
  /** Last position the group reported; null when it never did. */
  nextOffset: number | null;
}

export interface GroupTopics {
  group: string;
  topics: readonly string[];
}

export interface ConsumerPosition {
  /** 0 for a partition that was never consumed. */
  nextOffset: number;
  /** `recordFingerprint` the record before it. Null when that is not known: then it is not compared. */
  lastRecord: string | null;
}

export interface LogPosition {
  topic: string;
  partition: number;
  offset: number;
}

export interface SubscribeOptions {
  group: string;
  topics: readonly string[];
  /** Where to start, read from the consumer's own database each time a partition is claimed. */
  loadPosition(topic: string, partition: number): Promise<ConsumerPosition>;
  /**
   * Called with one batch of a partition at a time; different partitions may run concurrently. Resolves when the
   * effects and the offset are committed. A rejection is retried with backoff, from `loadPosition`, for ever: the
   * handler itself must set aside what can never work, as `runConsumer` does.
   */
  handle(batch: PartitionBatch): Promise<void>;
  /** Called for every failure that is being retried and for every halt; never throws. */
  onProblem(problem: ConsumerProblem): void;
  /** Called when a partition can be read from where the consumer is: a halt before is over. Never throws. */
  onOpened?: ((opened: { topic: string; partition: number }) => void) | undefined;
  /** Called when the log's client is replaced by a new one. Never throws. */
  onClientReplaced?: (() => void) | undefined;
  /**
   * Notes what the batches so far have left to be sent, and gives a question: is it all in the log? The group's position is
   * reported when it is. Default: when the batch is handled.
   */
  captureOutboxTail?: (() => Promise<() => Promise<boolean>>) | undefined;
  /** Most records in one batch. Default 1,000. */
  maxBatchRecords?: number;
}

export type ConsumerProblem =
  | { kind: 'retrying'; topic: string; partition: number; attempt: number; error: unknown }
  /** The log is not the one that this consumer was reading, or no more: nothing is consumed until it is solved. */
  | ({ kind: 'halted'; topic: string; partition: number } & LogHaltDetails);

export interface Subscription {
  /** Partitions this member owns now. */
  assigned(): readonly { topic: string; partition: number }[];
  /** Finishes the batch that is running, gives up the partitions, resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface EventLog {
  /** Creates the topics that do not exist yet; leaves others as they are. */
  ensureTopics(topics: readonly TopicDefinition[]): Promise<void>;
  /** Number of partitions of an existing topic. */
  partitions(topic: string): Promise<number>;
  /**
   * Resolves only when every record is durable; the log may hold one twice when it had to be sent again. Concurrent calls
   * are coalesced by the adapter. Rejects with `AppError('log_unavailable')`: then the records may or may not be in the
   * log, and the caller repeats them.
   */
  append(records: readonly OutgoingRecord[]): Promise<void>;
  /** Appends to a fixed partition, in order; for the outbox relay. */
  appendToPartition(
    topic: string,
    partition: number,
    records: readonly { key: string; value: string; traceparent?: string | undefined }[],
  ): Promise<void>;
  /**
   * Of a log that is in the database of its consumers: appends in the transaction of `client`, so that the records are in the
   * log if and only if it commits. The partitions' heads stay locked until then: it is to be the last step of the transaction,
   * and the only one of its kind. Rejects with `RetryTransaction` when the transaction has to be run again.
   */
  appendInTransaction?(client: PoolClient, records: readonly PlacedRecord[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  lag(group: string, topics: readonly string[]): Promise<PartitionLag[]>;
  /** Of several groups: one after the other in this order, or all at one moment. */
  lagsInOrder(asked: readonly GroupTopics[]): Promise<PartitionLag[][]>;
  /** Partitions that some living member of the group owns. */
  owned(group: string, topics: readonly string[]): Promise<{ topic: string; partition: number }[]>;
  /**
   * Milliseconds since the record at each position, or the next that is kept, was appended; null where there is none.
   * Exact on Postgres; on Kafka rounded down by up to a tenth, or a second, and by the clocks of the processes that appended.
   */
  recordAges(positions: readonly LogPosition[]): Promise<(number | null)[]>;
  /** Cheap check that the log answers, for `/readyz`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Records of a partition at or above its committed offset. Never empty. */
export interface FreshBatch {
  partition: number;
  records: LogRecord[];
}

/** What `consumeInTransaction` hands to a consumer. */
export interface ConsumerTransaction {
  client: PoolClient;
  batches: readonly FreshBatch[];
  /** Of all batches, in their order. */
  records: readonly LogRecord[];
}
