/** The first thing that a service asks of the log, so here it learns what is wrong with the cluster. */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@throughline/contracts';
import type { StructuredLog } from '@throughline/postgres';
import { LogFailure } from '../log-failure.ts';
import { explainKafkaFailure } from './explain-kafka-failure.ts';
import { inspectedSettings, inspectTopic } from './inspect-topic.ts';
import type { TopicDefinition } from '../port.ts';
import type { KafkaAdmin, TopicShape } from './kafka-admin.ts';
import type { KafkaProblems } from './kafka-problems.ts';
import { retryWhileUnreachable } from './retry-while-unreachable.ts';

export interface EnsureTopicsOptions {
  admin: KafkaAdmin;
  /** Fails soon where nothing answers, so that the first line about it comes at once. */
  ping: () => Promise<void>;
  log: StructuredLog;
  problems: KafkaProblems;
  retentionDays: number;
  namedBrokers: number;
  /** Ends the wait. */
  signal: AbortSignal;
}

const metadataPollMs = 100;
/** A new topic is known to the broker that is asked within a second or so; on a busy one later. */
const metadataDeadlineMs = 60_000;

export async function ensureTopics(
  options: EnsureTopicsOptions,
  topics: readonly TopicDefinition[],
): Promise<void> {
  await retryWhileUnreachable(options, async () => {
    await options.ping();
    await ensureOnce(options, topics);
  });
}

async function ensureOnce(options: EnsureTopicsOptions, topics: readonly TopicDefinition[]): Promise<void> {
  const { admin, log } = options;
  const existing = await admin.findTopics(topics.map((topic) => topic.name));
  const missing = topics.filter((topic) => !existing.has(topic.name));
  if (missing.length > 0) {
    await admin.createTopics(missing, options);
    await waitUntilKnown(
      options,
      missing.map(({ name }) => name),
    );
  }
  for (const { name, partitions } of topics) {
    const found = existing.get(name)?.partitions;
    if (found === undefined || found === partitions) continue;
    log.warn(
      { event: 'log.partitions_differ', topic: name, partitions: found, configured: partitions },
      'a topic has another number of partitions than configured: left as it is',
    );
  }
  const compacted = new Set(topics.flatMap(({ name, isCompacted }) => (isCompacted === true ? [name] : [])));
  if (existing.size > 0) await inspectTopics(options, existing, compacted);
}

/** A topic that was just created, here or by another process, may not be in the metadata of the broker that answers yet. */
async function waitUntilKnown(
  { admin, signal }: EnsureTopicsOptions,
  topics: readonly string[],
): Promise<void> {
  const deadline = performance.now() + metadataDeadlineMs;
  for (;;) {
    const known = await admin.findTopics(topics);
    const unknown = topics.find((topic) => !known.has(topic));
    if (unknown === undefined) return;
    if (performance.now() > deadline || signal.aborted) {
      const message = `the topic ${unknown} was created, but the brokers do not know it`;
      const hint = 'Look at the controller of the cluster, then restart the service.';
      throw new AppError('log_unavailable', message, {
        cause: new LogFailure('topic_missing', message, { hint }),
      });
    }
    await delay(metadataPollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function inspectTopics(
  { admin, log }: EnsureTopicsOptions,
  topics: ReadonlyMap<string, TopicShape>,
  compacted: ReadonlySet<string>,
): Promise<void> {
  const brokers = await admin.countBrokers();
  for (const [topic, { replicationFactor }] of topics) {
    const settings = await readSettings(admin, log, topic);
    for (const { reason, isFatal, problem, hint } of inspectTopic({
      topic,
      replicationFactor,
      brokers,
      settings,
      isCompacted: compacted.has(topic),
    })) {
      if (isFatal) {
        const cause = new LogFailure(`topic_${reason}`, `Kafka: ${problem}`, { hint });
        throw new AppError('log_unavailable', 'a topic of the event log cannot be used', { cause });
      }
      log.warn({ event: 'log.topic_unsafe', topic, reason, hint }, `${problem}. ${hint}`);
    }
  }
}

/** A service has no need to read them but for this. */
async function readSettings(
  admin: KafkaAdmin,
  log: StructuredLog,
  topic: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    return await admin.findSettings(topic, inspectedSettings);
  } catch (error) {
    if (explainKafkaFailure(error).kind !== 'topic_not_authorized') throw error;
    const hint = 'Grant the user DescribeConfigs on it to have them checked.';
    log.warn(
      { event: 'log.topic_unsafe', topic, reason: 'settings_hidden', hint },
      `the settings of ${topic} could not be read. ${hint}`,
    );
    return new Map();
  }
}
