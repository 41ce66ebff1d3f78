/**
 * Writes parts of partitions to Kafka, at least once: one send is under way at a time, a producer that failed is thrown
 * away, and everything is sent again until the broker in charge of each partition has answered for it.
 *
 * Not idempotent, and kafkajs repeats nothing by itself. Its own repetition keeps answers by broker, so a partition whose
 * leader moves to a broker that has answered for others already is never sent, and the send resolves: seen to lose
 * acknowledged records in failovers. Nor does it wait for the other brokers' answers before it sends again,
 * after which its sequence numbers may name a batch that a broker has, and drop the next one as a repeat. A repeat that
 * the log holds twice costs nothing: receivers recognize touchpoints by their ids and outbox records by their positions.
 */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type CompressionTypes, type Kafka, type Producer, type RecordMetadata } from 'kafkajs';
import type { PartitionRecords } from '../partition-records.ts';
import { type Backoff, backoffMs, withTimeout } from '@throughline/timing';
import type { KafkaConnection } from './kafka-client.ts';

/** For the broker to have it on all replicas in sync. */
const acknowledgeTimeoutMs = 10_000;
/** A new leader is mostly there within a second; an append does not wait for a cluster that is down. */
const patienceMs = 4_000;
/** Each request has a limit of its own; past this the client has forgotten the call. */
const sendTimeoutMs = 30_000;
const disconnectTimeoutMs = 5_000;
const compressionTypes = {
  zstd: kafkajs.CompressionTypes.ZSTD,
  gzip: kafkajs.CompressionTypes.GZIP,
  none: kafkajs.CompressionTypes.None,
};
const backoff: Backoff = { firstMs: 100, longestMs: 1_000 };

export class KafkaProducer {
  readonly #kafka: Kafka;
  readonly #compression: CompressionTypes;
  #producer: Promise<Producer> | undefined;

  constructor(kafka: Kafka, compression: KafkaConnection['compression'] = 'zstd') {
    this.#kafka = kafka;
    this.#compression = compressionTypes[compression];
  }

  /** Never called before the call before it has settled. Resolves when all is acknowledged by all replicas in sync. */
  async write(parts: readonly PartitionRecords[]): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (const round of toRounds(parts)) await this.#writeRound(round, deadline);
  }

  async #writeRound(round: readonly PartitionRecords[], deadline: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        requireAnswers(round, await withTimeout(this.#send(round), sendTimeoutMs, 'a send to Kafka'));
        return;
      } catch (error) {
        void this.close();
        if (!isTemporary(error) || performance.now() > deadline) throw error;
        await delay(backoffMs(backoff, attempt));
      }
    }
  }

  async #send(round: readonly PartitionRecords[]): Promise<RecordMetadata[]> {
    const producer = await this.#connect();
    return await producer.sendBatch({
      acks: -1,
      timeout: acknowledgeTimeoutMs,
      compression: this.#compression,
      topicMessages: round.map(({ topic, partition, records }) => ({
        topic,
        messages: records.map(({ key, value, traceparent }) =>
          traceparent === undefined
            ? { partition, key, value }
            : { partition, key, value, headers: { traceparent } },
        ),
      })),
    });
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer === undefined) return;
    const disconnected = producer.then((connected) => connected.disconnect());
    await withTimeout(disconnected, disconnectTimeoutMs, 'disconnecting').catch(() => {});
  }

  #connect(): Promise<Producer> {
    this.#producer ??= this.#connectNew();
    return this.#producer;
  }

  async #connectNew(): Promise<Producer> {
    const producer = this.#kafka.producer({
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: 30_000,
      retry: { retries: 0 },
    });
    await producer.connect();
    return producer;
  }
}

/** A send that resolves is no proof: each partition must be named in the brokers' answers. */
export function requireAnswers(
  round: readonly Pick<PartitionRecords, 'topic' | 'partition'>[],
  answers: readonly Pick<RecordMetadata, 'topicName' | 'partition' | 'errorCode'>[],
): void {
  const acknowledged = new Set(
    answers.flatMap((answer) => (answer.errorCode === 0 ? [`${answer.topicName}/${answer.partition}`] : [])),
  );
  const unanswered = round
    .map(({ topic, partition }) => `${topic}/${partition}`)
    .filter((name) => !acknowledged.has(name));
  if (unanswered.length > 0) throw new Unanswered(unanswered);
}

class Unanswered extends Error {
  readonly retriable = true;

  constructor(partitions: readonly string[]) {
    super(`no broker answered for ${partitions.join(', ')}`);
    this.name = 'Unanswered';
  }
}

/** kafkajs wraps what it would have tried again into an error of its own that is not to be. */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'KafkaJSNumberOfRetriesExceeded' || (error as { retriable?: unknown }).retriable === true
  );
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
