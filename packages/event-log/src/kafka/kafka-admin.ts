/** Topics and offsets, asked from the brokers over one connection. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { inTime } from './in-time.ts';

export interface PartitionRange {
  partition: number;
  beginOffset: number;
  endOffset: number;
}

export interface TopicDefinition {
  name: string;
  partitions: number;
}

const maxAttempts = 4;
const askTimeoutMs = 20_000;
const disconnectTimeoutMs = 5_000;
/** A record batch of ours is at most about 1 MiB before compression. */
const maxMessageBytes = 2 * 1024 * 1024;

export class KafkaAdmin {
  readonly #kafka: Kafka;
  #admin: Promise<Admin> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    if (admin === undefined) return;
    const disconnected = admin.then((connected) => connected.disconnect());
    await inTime(disconnected, disconnectTimeoutMs, 'disconnecting').catch(() => {});
  }

  async ping(): Promise<void> {
    await this.#use((admin) => admin.describeCluster());
  }

  /** By name, of those that exist. */
  async countPartitions(topics: readonly string[]): Promise<Map<string, number>> {
    return await this.#use(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const asked = topics.filter((topic) => existing.has(topic));
      if (asked.length === 0) return new Map<string, number>();
      const { topics: found } = await admin.fetchTopicMetadata({ topics: asked });
      return new Map(found.map((topic) => [topic.name, topic.partitions.length]));
    });
  }

  /** Three copies, two of them needed, where there are three brokers. */
  async createTopics(topics: readonly TopicDefinition[], retentionDays: number): Promise<void> {
    await this.#use(async (admin) => {
      const { brokers } = await admin.describeCluster();
      const replicationFactor = Math.min(3, brokers.length);
      for (const { name, partitions } of topics) {
        // One by one: a topic that another process is just making fails the whole request.
        await admin.createTopics({
          waitForLeaders: true,
          topics: [
            {
              topic: name,
              numPartitions: partitions,
              replicationFactor,
              configEntries: [
                { name: 'cleanup.policy', value: 'delete' },
                { name: 'retention.ms', value: String(retentionDays * 86_400_000) },
                { name: 'min.insync.replicas', value: String(Math.max(1, replicationFactor - 1)) },
                { name: 'max.message.bytes', value: String(maxMessageBytes) },
              ],
            },
          ],
        });
      }
    });
  }

  async findRanges(topic: string): Promise<PartitionRange[]> {
    const offsets = await this.#use((admin) => admin.fetchTopicOffsets(topic));
    return offsets
      .map(({ partition, low, high }) => ({ partition, beginOffset: Number(low), endOffset: Number(high) }))
      .toSorted((a, b) => a.partition - b.partition);
  }

  /** What the group committed, by partition; null where it never did. */
  async findCommitted(group: string, topic: string): Promise<Map<number, number | null>> {
    const committed = await this.#use((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
    return new Map(
      (committed[0]?.partitions ?? []).map(({ partition, offset }) => [
        partition,
        Number(offset) < 0 ? null : Number(offset),
      ]),
    );
  }

  /** Connects anew after a failure. What brokers say to try again (a coordinator that loads, a new leader) is. */
  async #use<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTime(this.#ask(ask), askTimeoutMs, 'a question to Kafka');
      } catch (error) {
        void this.close();
        const isTemporary = (error as { retriable?: unknown }).retriable === true;
        if (!isTemporary || attempt >= maxAttempts) throw error;
        await delay(attempt * 100);
      }
    }
  }

  async #ask<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    this.#admin ??= this.#connect();
    return await ask(await this.#admin);
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}
