/** Topics and offsets, asked from the brokers over one connection. */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { withTimeout } from '@throughline/timing';
import type { TopicDefinition } from '../port.ts';
import { maxMessageBytes } from './kafka-limits.ts';

export interface PartitionRange {
  partition: number;
  beginOffset: number;
  endOffset: number;
}

export interface TopicShape {
  partitions: number;
  /** The least of its partitions. */
  replicationFactor: number;
}

const maxAttempts = 4;
const askTimeoutMs = 20_000;
const disconnectTimeoutMs = 5_000;

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
    await withTimeout(disconnected, disconnectTimeoutMs, 'disconnecting').catch(() => {});
  }

  async ping(): Promise<void> {
    await this.#use((admin) => admin.describeCluster());
  }

  /** By name, of those that exist and may be seen. */
  async findTopics(topics: readonly string[]): Promise<Map<string, TopicShape>> {
    return await this.#use(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const asked = topics.filter((topic) => existing.has(topic));
      if (asked.length === 0) return new Map<string, TopicShape>();
      const { topics: found } = await admin.fetchTopicMetadata({ topics: asked });
      return new Map(
        found.map(({ name, partitions }) => [
          name,
          {
            partitions: partitions.length,
            replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          },
        ]),
      );
    });
  }

  async countBrokers(): Promise<number> {
    return (await this.#use((admin) => admin.describeCluster())).brokers.length;
  }

  /** Values by name. */
  async findSettings(topic: string, names: readonly string[]): Promise<Map<string, string>> {
    const { resources } = await this.#use((admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...names] }],
      }),
    );
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  }

  /**
   * Three copies, two of them needed, where there are three brokers; also where three were named and some are not up yet,
   * which is refused by Kafka until they are.
   */
  async createTopics(
    topics: readonly TopicDefinition[],
    options: { retentionDays: number; namedBrokers: number },
  ): Promise<void> {
    const { retentionDays, namedBrokers } = options;
    await this.#use(async (admin) => {
      const { brokers } = await admin.describeCluster();
      const replicationFactor = Math.min(3, Math.max(brokers.length, namedBrokers));
      for (const { name, partitions, isCompacted = false } of topics) {
        // One by one: a topic that another process is just making fails the whole request.
        await admin.createTopics({
          waitForLeaders: true,
          topics: [
            {
              topic: name,
              numPartitions: partitions,
              replicationFactor,
              configEntries: [
                { name: 'cleanup.policy', value: isCompacted ? 'compact' : 'delete' },
                { name: 'retention.ms', value: String(retentionDays * 86_400_000) },
                // Of a compacted topic, after how long at most what is superseded goes: the last state of an erased person.
                { name: 'max.compaction.lag.ms', value: String(retentionDays * 86_400_000) },
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

  /** By partition, the offset of the first record of that time or later; the end where there is none. */
  async findOffsetsAt(topic: string, timestamp: number): Promise<Map<number, number>> {
    const offsets = await this.#use((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timestamp));
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  /** Partitions by topic that members of the group own, as their coordinator has it; none in a rebalance. */
  async findOwned(group: string): Promise<{ topic: string; partition: number }[]> {
    const { groups } = await this.#use((admin) => admin.describeGroups([group]));
    const assignments = groups
      .flatMap(({ members }) => members)
      .filter(({ memberAssignment }) => memberAssignment.length > 0)
      .map(({ memberAssignment }) => kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment));
    return assignments.flatMap((decoded) =>
      Object.entries(decoded?.assignment ?? {}).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    );
  }

  /** Connects again after a failure. What brokers say to try again (a coordinator that loads, a new leader) is. */
  async #use<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const asked = (this.#admin ??= this.#connect());
      try {
        const answer = asked.then((admin) => ask(admin));
        return await withTimeout(answer, askTimeoutMs, 'a question to Kafka');
      } catch (error) {
        // Not the connection that others have made meanwhile.
        if (this.#admin === asked) void this.close();
        const isTemporary = (error as { retriable?: unknown }).retriable === true;
        if (!isTemporary || attempt >= maxAttempts) throw error;
        await delay(attempt * 100);
      }
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}
