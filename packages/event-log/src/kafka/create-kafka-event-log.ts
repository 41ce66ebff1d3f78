/** The event log on Kafka: what runs in production, and past one machine. */
import type { StructuredLog } from '@throughline/postgres';
import { AppendLanes, defaultMaxBufferedBytes, type AppendLane } from '../append-lanes.ts';
import { retryWhileUnreachable } from './retry-while-unreachable.ts';
import { PartitionCounts } from '../partition-counts.ts';
import type { EventLog, GroupTopics, LogPosition, PartitionLag, SubscribeOptions } from '../port.ts';
import { ensureTopics } from './ensure-topics.ts';
import { findRecordAges } from './find-record-ages.ts';
import { withTimeout } from '@throughline/timing';
import { KafkaAdmin } from './kafka-admin.ts';
import { createKafka, type KafkaConnection } from './kafka-client.ts';
import { maxPartBytes } from './kafka-limits.ts';
import { KafkaProblems, orUnavailable } from './kafka-problems.ts';
import { KafkaProducer } from './kafka-producer.ts';
import { KafkaSubscription, type KafkaSubscriptionOptions } from './kafka-subscription.ts';

export interface KafkaEventLogOptions extends KafkaConnection {
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

const partitionCountsMaxAgeMs = 30_000;
/** Longer than the members of a group are waited for, and the sessions of those that are gone. */
const joinTimeoutMs = 120_000;
/** Less than `/readyz` waits, or the answer would not say why. */
const pingTimeoutMs = 1_500;

/** Connects at first use. */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const clients = createClients(options);
  const { admin, problems, producers } = clients;
  const subscriptions = new Set<KafkaSubscription>();
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  const counts = new PartitionCounts(async (topic) => {
    return (await orUnavailable(admin.findTopics([topic]))).get(topic)?.partitions ?? null;
  }, partitionCountsMaxAgeMs);
  const buffer = new AppendLanes({
    lingerMs: options.lingerMs ?? 5,
    maxBytes: options.maxBufferedBytes ?? defaultMaxBufferedBytes,
    maxPartBytes,
    flush: (lane, parts) => orUnavailable(producers[lane].write(parts)),
  });

  async function subscribe(subscription: SubscribeOptions): Promise<KafkaSubscription> {
    for (const topic of subscription.topics) {
      await counts.find(topic);
      // A missing right to join the group is reported now: the client retries for ever, in silence.
      await retryWhileUnreachable({ problems, signal: closing.signal }, () =>
        admin.findCommitted(subscription.group, topic),
      );
    }
    const made = createSubscription(options, clients, subscription, () => subscriptions.delete(made));
    subscriptions.add(made);
    await orUnavailable(made.start());
    return made;
  }

  async function close(): Promise<void> {
    closing.abort();
    await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    await buffer.close();
    await clients.close();
  }

  return {
    async ensureTopics(topics) {
      await ensureTopics({ ...topicContext(options, clients), signal: closing.signal }, topics);
      // Known from here on: an append fails soon while no broker answers.
      for (const { name } of topics) await counts.find(name);
    },
    partitions: (topic) => counts.find(topic),
    async append(records) {
      if (records.length > 0) await buffer.append(await counts.route(records));
    },
    async appendToPartition(topic, partition, records) {
      await counts.require(topic, partition);
      if (records.length > 0) await buffer.appendInOrder([{ topic, partition, records }]);
    },
    subscribe,
    lag: (group, topics) => orUnavailable(measureLag(admin, { group, topics })),
    lagsInOrder: (asked) => orUnavailable(measureInOrder(admin, asked)),
    owned: async (group, topics) => {
      const owned = await orUnavailable(admin.findOwned(group));
      return owned.filter(({ topic }) => topics.includes(topic));
    },
    recordAges: (positions) => orUnavailable(measureAges(admin, positions)),
    ping: () => orUnavailable(clients.ping()),
    close: () => (closed ??= close()),
  };
}

interface KafkaClients {
  problems: KafkaProblems;
  admin: KafkaAdmin;
  /** A producer writes one thing at a time, and connects when it first does. */
  producers: Readonly<Record<AppendLane, KafkaProducer>>;
  ping: () => Promise<void>;
  /** A client of its own for each subscription. */
  createConsumerClient: KafkaSubscriptionOptions['createClient'];
  close(): Promise<void>;
}

function createClients(options: KafkaEventLogOptions): KafkaClients {
  const clientId = options.instanceId;
  const problems = new KafkaProblems(options.logger);
  const kafka = createKafka(options, {
    clientId,
    say: (namespace, detail) => problems.askedClientSaid(namespace, detail),
  });
  const admin = new KafkaAdmin(kafka);
  // The caller of a ping gets the failure, and logs it.
  const pinger = new KafkaAdmin(createKafka(options, { clientId, say: () => {}, isHasty: true }));
  const producers = {
    small: new KafkaProducer(kafka, options.compression),
    large: new KafkaProducer(kafka, options.compression),
  };
  return {
    problems,
    admin,
    producers,
    ping: () => withTimeout(pinger.ping(), pingTimeoutMs, `a ping of ${options.brokers.join(', ')}`),
    createConsumerClient: (onFetchRefused) =>
      createKafka(options, {
        clientId,
        say: (namespace, detail) => problems.clientSaid(namespace, detail),
        onFetchRefused,
      }),
    async close() {
      await Promise.all([producers.small.close(), producers.large.close()]);
      await Promise.all([admin.close(), pinger.close()]);
    },
  };
}

function createSubscription(
  options: KafkaEventLogOptions,
  { admin, problems, createConsumerClient }: KafkaClients,
  subscription: SubscribeOptions,
  onStopped: () => void,
): KafkaSubscription {
  return new KafkaSubscription({
    createClient: createConsumerClient,
    admin,
    problems,
    subscription,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    haltRecheckMs: options.haltRecheckMs ?? 5_000,
    settleMs: options.settleMs ?? 10_000,
    reportIntervalMs: options.reportIntervalMs ?? 1_000,
    watchIntervalMs: options.watchIntervalMs ?? 10_000,
    joinTimeoutMs,
    onStopped,
  });
}

function topicContext(options: KafkaEventLogOptions, { admin, problems, ping }: KafkaClients) {
  return {
    admin,
    ping,
    log: options.logger,
    problems,
    retentionDays: options.retentionDays ?? 7,
    namedBrokers: new Set(options.brokers).size,
  };
}

async function measureInOrder(admin: KafkaAdmin, asked: readonly GroupTopics[]): Promise<PartitionLag[][]> {
  const lags: PartitionLag[][] = [];
  for (const one of asked) lags.push(await measureLag(admin, one));
  return lags;
}

async function measureLag(admin: KafkaAdmin, { group, topics }: GroupTopics): Promise<PartitionLag[]> {
  const ofTopics = await Promise.all(
    topics.toSorted().map(async (topic) => {
      const [ranges, committed] = await Promise.all([
        admin.findRanges(topic),
        admin.findCommitted(group, topic),
      ]);
      return ranges.map((range) => ({ topic, ...range, nextOffset: committed.get(range.partition) ?? null }));
    }),
  );
  return ofTopics.flat();
}

async function measureAges(admin: KafkaAdmin, positions: readonly LogPosition[]): Promise<(number | null)[]> {
  const now = Date.now();
  const ages = new Map<LogPosition, number>();
  for (const topic of new Set(positions.map((position) => position.topic))) {
    const ofTopic = positions.filter((position) => position.topic === topic);
    const offsetsAt = (ageMs: number) => admin.findOffsetsAt(topic, now - ageMs);
    for (const [position, age] of await findRecordAges(offsetsAt, ofTopic)) ages.set(position, age);
  }
  return positions.map((position) => ages.get(position) ?? null);
}
