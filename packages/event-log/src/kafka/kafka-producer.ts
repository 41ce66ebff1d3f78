/**
 * Writes parts of partitions to Kafka. One send is under way at a time, and a producer that failed is thrown away: the
 * idempotent producer of kafkajs can lose an acknowledged record when sends overlap, or after an error.
 */
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import type { PartitionRecords } from '../append-buffer.ts';

/** For the broker to have it on all replicas in sync. */
const acknowledgeTimeoutMs = 10_000;

export class KafkaProducer {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** Never called before the call before it has settled. Resolves when all is acknowledged by all replicas in sync. */
  async write(parts: readonly PartitionRecords[]): Promise<void> {
    try {
      const producer = await this.#connect();
      for (const round of toRounds(parts)) {
        await producer.sendBatch({
          acks: -1,
          timeout: acknowledgeTimeoutMs,
          compression: kafkajs.CompressionTypes.ZSTD,
          topicMessages: round.map(({ topic, partition, records }) => ({
            topic,
            messages: records.map((record) => ({
              partition,
              key: Buffer.from(record.key, 'utf8'),
              value: Buffer.from(record.value, 'utf8'),
            })),
          })),
        });
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then((connected) => connected.disconnect()).catch(() => {});
  }

  #connect(): Promise<Producer> {
    this.#producer ??= this.#connectNew();
    return this.#producer;
  }

  async #connectNew(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: 30_000,
      // The default, for ever, would hide from callers that nothing is written.
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    });
    await producer.connect();
    return producer;
  }
}

/** kafkajs makes one batch of all that a send has for a partition: a part each, or a batch grows past the limit. */
function toRounds(parts: readonly PartitionRecords[]): PartitionRecords[][] {
  const rounds: PartitionRecords[][] = [];
  const seen = new Map<string, number>();
  for (const part of parts) {
    const key = `${part.topic}/${part.partition}`;
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    (rounds[round] ??= []).push(part);
  }
  return rounds;
}
