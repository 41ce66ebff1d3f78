/** What a service gives the loop, and what the loop gives back. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type { LogRecord, SubscribeOptions } from '../port.ts';
import type { TrafficClass } from '../traffic-class.ts';
import type { ConsumerWatch } from '../watch/consumer-watch.ts';
import type { BulkPace } from './bulk-pace.ts';
import type { Turns } from './create-turns.ts';
import type { ParsedRecord } from './parsed-record.ts';
import type { RecordTracing, TransactionTrace } from './record-tracing.ts';
import type { TransactionPart } from './transaction-part.ts';

/** Of one partition, in the order of the log. */
export interface PartitionRecords<T> {
  partition: number;
  records: readonly T[];
}

export interface RecordBatch<T> {
  /** Of the transaction. */
  client: PoolClient;
  topic: string;
  /** Of all its partitions. */
  traffic: TrafficClass;
  /** Never empty, and each with records. Repeats by a relay are dropped. */
  partitions: readonly PartitionRecords<T>[];
  /** What `parse` made of them, of all partitions, in their order. */
  records: readonly T[];
  /**
   * For `writeOutbox`: processes that run side by side consume other partitions, so that none waits for the shard of
   * another.
   */
  shard: string;
  /** Kept over the attempts at one transaction: keys that an earlier one turned out to need. */
  neededKeys: Set<string>;
  /** Continues the traces of the records in what is sent because of them. */
  trace: Pick<TransactionTrace, 'follow'>;
}

export interface HandledBatch<T, R> {
  topic: string;
  partitions: readonly PartitionRecords<T>[];
  /** Of `handle`; null when there was nothing to handle. */
  result: R | null;
  records: readonly T[];
  /** Records that a relay sent again. */
  repeats: number;
  /** Of the transaction: 1 unless another was in the way. */
  attempts: number;
  durationMs: number;
}

export interface Consumer<T, R> {
  /** Of the service: holds offsets, watermarks and dead letters. */
  schema: string;
  group: string;
  topic: string;
  /** How many partitions a topic has that is divided by traffic. Default: it is not divided, and all of it is interactive. */
  dividedPartitions?: number;
  /** Pure. What it throws sets the record aside. */
  parse(record: LogRecord): ParsedRecord<T>;
  /**
   * Effects and outgoing records of one transaction; the loop adds the offset. It runs again after a deadlock or a
   * `RetryTransaction`, and with fewer records when it fails; of a record that fails alone, a second time some time later.
   */
  handle(batch: RecordBatch<T>): Promise<R>;
  /** After the commit. Never throws. */
  report?(handled: HandledBatch<T, R>): void;
  /** Most records of one batch, and of one transaction. Default 1,000. */
  maxRecords?: number;
  /** Most weight of one transaction, in the unit of `parse`. Default: no limit. */
  maxWeight?: number;
  /** See `SubscribeOptions.captureOutboxTail`: of a consumer that writes an outbox, or leaves other work behind. */
  captureTail?: SubscribeOptions['captureOutboxTail'];
}

export interface RetryPolicy {
  /** Between looks for letters that are due. */
  pollMs: number;
  /** Before the first attempt apart; four times as long before each next one. */
  firstMs: number;
  longestMs: number;
  /** Attempts apart before a stuck letter is dead. */
  limit: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  pollMs: 5_000,
  firstMs: 60_000,
  longestMs: 6 * 3_600_000,
  limit: 8,
};

export interface ConsumerDependencies {
  pool: Pool;
  /** What the consumer subscribes through, and what counts its dead letters. */
  watch: Pick<ConsumerWatch, 'subscribe' | 'countDeadLetter'>;
  logger: StructuredLog;
  /** A touchpoint's id as a log may hold it: clients choose ids, and some choose an e-mail address. */
  loggableId: (id: string) => string;
  /** Default: trace contexts are passed on, and nothing is recorded. */
  tracing?: RecordTracing | undefined;
  /** Called for each batch that was halved. */
  onHalved?: (() => void) | undefined;
  /** Called with how many dead letters were deleted at the end of their retention. */
  onPruned?: ((count: number) => void) | undefined;
  retryPolicy?: RetryPolicy;
  /** Default 90. */
  deadLetterRetentionDays?: number | undefined;
}

/** A consumer with what it runs on. */
export interface ConsumerContext<T, R> extends ConsumerDependencies {
  consumer: Consumer<T, R>;
  retryPolicy: RetryPolicy;
  /** Of the process's transactions for this consumer. */
  turns: Turns<TransactionPart<T>>;
  bulkPace: BulkPace;
}
