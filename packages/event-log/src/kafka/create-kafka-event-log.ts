/** The event log on Kafka: what runs in production, and past one machine. */
import { AppError } from '@throughline/contracts';
import type { StructuredLog } from '@throughline/postgres';
import { AppendBuffer } from '../append-buffer.ts';
import { PartitionCounts } from '../partition-counts.ts';
import type { EventLog, PartitionLag, SubscribeOptions } from '../port.ts';
import { inTime } from './in-time.ts';
import { KafkaAdmin } from './kafka-admin.ts';
import { createKafka, type KafkaConnection } from './kafka-client.ts';
import { KafkaProducer } from './kafka-producer.ts';
import { KafkaSubscription } from './kafka-subscription.ts';

export interface KafkaEventLogOptions extends Omit<KafkaConnection, 'clientId'> {
  /** Names this process in the brokers' logs. */
  instanceId: string;
  logger: StructuredLog;
  /** For topics that are made. Default 7. */
  retentionDays?: number;
  /** Without a heartbeat for this long, a member loses its partitions. Default 10,000. */
  sessionTimeoutMs?: number;
  /** Sends begin at least this far apart. Default 5. */
  lingerMs?: number;
  /** Appends that wait or are under way; past it they are refused as `overloaded`. Default 32 MiB. */
  maxBufferedBytes?: number;
  /** A halted partition is looked at again this often. Default 5,000. */
  haltRecheckMs?: number;
  /** An end of the log below the consumer has to last this long to be a halt: new leaders lag. Default 10,000. */
  settleMs?: number;
  /** The positions of groups are committed to Kafka this often, for lag tools. Default 1,000. */
  reportIntervalMs?: number;
  /** Idle partitions are compared with the log this often. Default 10,000. */
  watchIntervalMs?: number;
}

const maxPartBytes = 1024 * 1024;
const partitionCountsMaxAgeMs = 30_000;
const pingTimeoutMs = 2_000;

/** Connects at first use. */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const { logger: log, instanceId } = options;
  const connection = { ...options, clientId: instanceId };
  const kafka = createKafka(connection, log);
  const admin = new KafkaAdmin(kafka);
  const producer = new KafkaProducer(kafka);
  const subscriptions = new Set<KafkaSubscription>();
  let closed: Promise<void> | undefined;

  const counts = new PartitionCounts(async (topic) => {
    return (await orUnavailable(admin.countPartitions([topic]))).get(topic) ?? null;
  }, partitionCountsMaxAgeMs);

  const buffer = new AppendBuffer({
    lingerMs: options.lingerMs ?? 5,
    maxBytes: options.maxBufferedBytes ?? 32 * 1024 * 1024,
    maxPartBytes,
    flush: (parts) => producer.write(parts),
  });

  async function subscribe(subscription: SubscribeOptions): Promise<KafkaSubscription> {
    for (const topic of subscription.topics) await counts.find(topic);
    const made = new KafkaSubscription({
      createClient: (onFetchRefused) => createKafka(connection, log, onFetchRefused),
      admin,
      log,
      subscription,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      haltRecheckMs: options.haltRecheckMs ?? 5_000,
      settleMs: options.settleMs ?? 10_000,
      reportIntervalMs: options.reportIntervalMs ?? 1_000,
      watchIntervalMs: options.watchIntervalMs ?? 10_000,
      onStopped: () => subscriptions.delete(made),
    });
    subscriptions.add(made);
    await orUnavailable(made.start());
    return made;
  }

  async function ensureTopics(topics: readonly { name: string; partitions: number }[]): Promise<void> {
    const existing = await admin.countPartitions(topics.map((topic) => topic.name));
    const missing = topics.filter((topic) => !existing.has(topic.name));
    if (missing.length > 0) await admin.createTopics(missing, options.retentionDays ?? 7);
    for (const { name, partitions } of topics) {
      const found = existing.get(name);
      if (found === undefined || found === partitions) continue;
      log.warn(
        { event: 'log.partitions_differ', topic: name, partitions: found, configured: partitions },
        'a topic has another number of partitions than configured: left as it is',
      );
    }
  }

  async function lag(group: string, topics: readonly string[]): Promise<PartitionLag[]> {
    const ofTopics = await Promise.all(
      topics.toSorted().map(async (topic) => {
        const [ranges, committed] = [await admin.findRanges(topic), await admin.findCommitted(group, topic)];
        return ranges.map((range) => ({
          topic,
          ...range,
          nextOffset: committed.get(range.partition) ?? null,
        }));
      }),
    );
    return ofTopics.flat();
  }

  async function close(): Promise<void> {
    await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    await buffer.close();
    await producer.close();
    await admin.close();
  }

  return {
    ensureTopics: (topics) => orUnavailable(ensureTopics(topics)),
    partitions: (topic) => counts.find(topic),
    async append(records) {
      if (records.length > 0) await buffer.append(await counts.route(records));
    },
    async appendToPartition(topic, partition, records) {
      await counts.require(topic, partition);
      if (records.length > 0) await buffer.append([{ topic, partition, records }]);
    },
    subscribe,
    lag: (group, topics) => orUnavailable(lag(group, topics)),
    ping: () => orUnavailable(inTime(admin.ping(), pingTimeoutMs, 'a ping')),
    close: () => (closed ??= close()),
  };
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('log_unavailable', 'Kafka does not answer', { cause: error });
  }
}
