export * from './port.ts';
export { partitionOfKey } from './partition-of-key.ts';
export { partitionOfTraffic, type TrafficClass, trafficOfPartition } from './traffic-class.ts';
export { defaultMaxBufferedBytes } from './append-lanes.ts';
export { recordFingerprint } from './record-fingerprint.ts';
export { createEventLog, type EventLogOptions } from './create-event-log.ts';
export { examineKafka, type KafkaExamination } from './examine-kafka.ts';
export { runConsumer } from './run-consumer.ts';
export type {
  Consumer,
  ConsumerDependencies,
  HandledBatch,
  PartitionRecords,
  RecordBatch,
  RetryPolicy,
} from './consumer-loop/consumer.ts';
export type { ParsedRecord } from './consumer-loop/parsed-record.ts';
export { untraced, type RecordTracing, type TransactionTrace } from './consumer-loop/record-tracing.ts';
export { parseJsonRecord } from './consumer-loop/parse-json-record.ts';
export * from './consumer/consume-in-transaction.ts';
export type { DeadLetter } from './consumer/dead-letter.ts';
export { createDeadLetterStore, type DeadLetterStore } from './consumer/dead-letter-store.ts';
export * from './consumer/dead-letters.ts';
export { eraseDeadLetters, type ErasedLetters } from './consumer/erase-dead-letters.ts';
export * from './consumer/drop-repeats.ts';
export { findOutboxBacklog, type OutboxBacklog } from './consumer/find-outbox-backlog.ts';
export * from './consumer/migrations.ts';
export { captureOutboxTail } from './consumer/capture-outbox-tail.ts';
export { sliceBatch } from './consumer/slice-batch.ts';
export * from './consumer/start-outbox.ts';
export * from './consumer/start-outbox-relay.ts';
export * from './consumer/write-outbox.ts';
export {
  createConsumerWatch,
  type ConsumerWatch,
  type ConsumerWatchOptions,
  type WatchReport,
} from './watch/consumer-watch.ts';
export type { ConsumerState } from './watch/decide-consumer-state.ts';
export {
  createPostgresEventLog,
  type PostgresEventLogOptions,
} from './postgres/create-postgres-event-log.ts';
export type { KafkaConnection, KafkaLogin, KafkaTls } from './kafka/kafka-client.ts';
export { LogFailure } from './log-failure.ts';
