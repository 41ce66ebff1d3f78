/** What a process that measures Kafka is asked to do, and what it saw. */
export interface KafkaCostJob {
  brokers: readonly string[];
  /** Made before the clock starts, with this many partitions, and left to the wiping of the broker. */
  topic: string;
  partitions: number;
  /** What talks to Kafka: kafkajs as it comes, or the event log's adapter. */
  through: 'kafkajs' | 'event-log';
  records: number;
  /** Records of one send or append. */
  batchSize: number;
}

export interface KafkaCost {
  recordsPerSecond: number;
  /** CPU of the one Node process. */
  cpuMicros: number;
}

export interface KafkaCostResult {
  append: KafkaCost;
  read: KafkaCost;
}
