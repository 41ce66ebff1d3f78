/**
 * One member of a Kafka group. The group only decides who reads which partition; from where is the consumer's own
 * database's word (law 3), so every assignment begins with a seek, and Kafka's offsets are written for lag tools alone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { consumePartition, type OpenedSource, type StartOffsets } from '../consume-partition.ts';
import { requireReachable } from '../log-halt.ts';
import type { LogRecord, SubscribeOptions, Subscription } from '../port.ts';
import type { KafkaAdmin, PartitionRange } from './kafka-admin.ts';
import { withTimeout } from './with-timeout.ts';
import { inspectIdle, type WatchedPartition } from './inspect-idle.ts';
import { orUnavailable, type KafkaProblems } from './kafka-problems.ts';
import { KafkaSource } from './kafka-source.ts';
import { PositionReport, type ReportedPartition } from './position-report.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface KafkaSubscriptionOptions {
  /** A client of its own, since it is told what was refused to that one alone. */
  createClient: (onFetchRefused: () => void) => Kafka;
  admin: KafkaAdmin;
  problems: KafkaProblems;
  sessionTimeoutMs: number;
  haltRecheckMs: number;
  /** An end of the log below the consumer has to last this long to be believed. */
  settleMs: number;
  reportIntervalMs: number;
  watchIntervalMs: number;
  /** A client that has not joined the group by then is replaced. */
  joinTimeoutMs: number;
  subscription: SubscribeOptions;
  onStopped: () => void;
}

interface Claim extends WatchedPartition, ReportedPartition {
  controller: AbortController;
  done: Promise<void>;
  /** Where it was opened anew because something from further on came. */
  jumpedAt: number | undefined;
}

/** What kafkajs does not tell by its types: where the fetch began that the batch is of. */
type FetchedBatch = EachBatchPayload['batch'] & { fetchedOffset: string };

const restartDelayMs = 1_000;
const disconnectTimeoutMs = 10_000;
/** For the members there are to hear of a new one. */
const rebalanceTimeoutMs = 60_000;
/** A batch of kafkajs comes decompressed, about seven times as large. */
const maxBytesPerPartition = 512 * 1024;

export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  readonly #kafka: Kafka;
  readonly #claims = new Map<string, Claim>();
  /** Former claims whose batch in hand still runs. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #positions: PositionReport<Claim>;
  #consumer: Consumer | undefined;
  #isLooking = false;
  /** When the client was made that has not joined the group yet. */
  #joiningSince: number | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(options: KafkaSubscriptionOptions) {
    this.#options = options;
    this.#kafka = options.createClient(() => {
      for (const claim of this.#claims.values()) this.#openAnew(claim);
    });
    this.#positions = new PositionReport({
      captureOutboxTail: options.subscription.captureOutboxTail,
      owned: () => this.#claims.values(),
      consumer: () => this.#consumer,
    });
  }

  async start(): Promise<void> {
    await this.#run();
    this.#reportTimer = setInterval(() => void this.#positions.report(), this.#options.reportIntervalMs);
    this.#watchTimer = setInterval(() => void this.#watch(), this.#options.watchIntervalMs);
  }

  assigned(): readonly { topic: string; partition: number }[] {
    return [...this.#claims.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#reportTimer);
    clearInterval(this.#watchTimer);
    clearTimeout(this.#restartTimer);
    const claims = [...this.#claims.values()];
    for (const claim of claims) claim.controller.abort(new Error('the subscription stops'));
    await Promise.all([...claims.map((claim) => claim.done), ...this.#ending.values()]);
    await this.#positions.reportLast();
    this.#claims.clear();
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer !== undefined) await disconnectInTime(consumer);
    this.#options.onStopped();
  }

  async #run(): Promise<void> {
    const { subscription, sessionTimeoutMs } = this.#options;
    const consumer: Consumer = this.#kafka.consumer({
      groupId: subscription.group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: 250,
      maxBytesPerPartition,
      // A fetch may be served by a former leader, which lags; and a dead broker is dialled until metadata are new.
      metadataMaxAge: 5_000,
      // Then the client begins anew, with new metadata.
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 500,
        retries: 2,
        // Asked when it has ended, by when it may have been given up: it would join again beside its successor.
        restartOnFailure: () => Promise.resolve(this.#consumer === consumer),
      },
      allowAutoTopicCreation: false,
    });
    this.#consumer = consumer;
    this.#joiningSince = performance.now();
    // Before the first fetch of a generation, but not awaited: what must precede it is done synchronously.
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      // A client that was given up while it joined goes on joining, and would hold partitions that nobody reads for as
      // long as the process lives: the join fails with what is thrown here, and the member runs out with its session.
      if (this.#consumer !== consumer) throw new GivenUp();
      this.#joiningSince = undefined;
      this.#reconcile(consumer, payload.memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) this.#restartSoon(consumer, payload.error);
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...subscription.topics], fromBeginning: true });
    // Not awaited: joining takes as long as the session of a member that was killed, and a service has more to do.
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 4,
        eachBatch: (payload) => this.#takeIn(consumer, payload),
      })
      .catch((error: unknown) => this.#restartSoon(consumer, error));
  }

  #restartSoon(consumer: Consumer, reason: unknown): void {
    if (this.#isStopping || this.#consumer !== consumer) return;
    this.#options.problems.consumerReplaced(this.#options.subscription.group, reason);
    this.#options.subscription.onClientReplaced?.();
    this.#consumer = undefined;
    this.#restartTimer = setTimeout(() => {
      void disconnectInTime(consumer)
        .then(() => (this.#isStopping ? undefined : this.#run()))
        .catch((error: unknown) => {
          if (this.#consumer !== undefined) this.#restartSoon(this.#consumer, error);
        });
    }, restartDelayMs);
  }

  /** A new generation: partitions come and go, and the client has forgotten where it was in those that stay. */
  #reconcile(consumer: Consumer, assignment: Record<string, number[]>): void {
    if (this.#isStopping || this.#consumer !== consumer) return;
    const owned = new Set(
      Object.entries(assignment).flatMap(([topic, ofTopic]) => ofTopic.map((p) => `${topic}/${p}`)),
    );
    for (const [key, claim] of this.#claims) {
      if (!owned.has(key)) this.#drop(key, claim, 'the partition went to another member');
    }
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const claim = this.#claims.get(`${topic}/${partition}`);
        if (claim === undefined) this.#begin(topic, partition);
        else this.#openAnew(claim);
      }
    }
  }

  /**
   * The client has forgotten where it was, and what made it join again may have been that the topic was made anew: what
   * was fetched is still handled, then the partition is opened as at the beginning.
   */
  #openAnew(claim: Claim): void {
    this.#pause(claim);
    claim.source?.end();
    claim.source = undefined;
  }

  #begin(topic: string, partition: number): void {
    const { subscription, haltRecheckMs } = this.#options;
    const key = `${topic}/${partition}`;
    const controller = new AbortController();
    const claim: Claim = {
      topic,
      partition,
      controller,
      done: Promise.resolve(),
      source: undefined,
      position: undefined,
      jumpedAt: undefined,
      stalledAt: undefined,
    };
    this.#pause(claim);
    const consume = (): Promise<void> =>
      consumePartition({
        topic,
        partition,
        subscription,
        signal: controller.signal,
        haltRecheckMs,
        open: (start) => unlessAborted(orUnavailable(this.#open(claim, start)), controller.signal),
        onPosition: (nextOffset) => (claim.position = nextOffset),
      });
    claim.done = (this.#ending.get(key) ?? Promise.resolve()).then(consume);
    this.#claims.set(key, claim);
  }

  async #open(claim: Claim, { nextOffset, readFrom }: StartOffsets): Promise<OpenedSource> {
    claim.source = undefined;
    this.#pause(claim);
    const range = await this.#requireReachable(claim, nextOffset);
    claim.controller.signal.throwIfAborted();
    const startOffset = Math.max(readFrom, range.beginOffset);
    const source = new KafkaSource({
      nextOffset: startOffset,
      maxBatchRecords: this.#options.subscription.maxBatchRecords ?? 1_000,
      pause: () => claim.source === source && this.#pause(claim),
      resume: () => claim.source === source && this.#resume(claim),
    });
    this.#seek(claim, source, startOffset);
    claim.source = source;
    claim.stalledAt = undefined;
    this.#resume(claim);
    return { source, ...range };
  }

  /**
   * A broker that has just become leader may not know yet how far the log is committed, and tells an end below what the
   * one before it has given out: only an end that stays below is a halt. (Seen at each of two failovers of three.)
   */
  async #requireReachable(claim: Claim, nextOffset: number): Promise<Omit<PartitionRange, 'partition'>> {
    const { admin, settleMs } = this.#options;
    const deadline = performance.now() + settleMs;
    for (;;) {
      const ranges = await admin.findRanges(claim.topic);
      const range = ranges.find(({ partition }) => partition === claim.partition);
      const { beginOffset = 0, endOffset = 0 } = range ?? {};
      if (nextOffset <= endOffset || performance.now() > deadline) {
        requireReachable(nextOffset, beginOffset, endOffset);
        return { beginOffset, endOffset };
      }
      await delay(settleMs / 10, undefined, { signal: claim.controller.signal });
    }
  }

  /** Takes what was fetched into the queue, unless it is not what was asked for. */
  async #takeIn(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    // One that was given up is elsewhere in the log than its successor.
    if (this.#consumer !== consumer) return;
    const { batch } = payload;
    const claim = this.#claims.get(`${batch.topic}/${batch.partition}`);
    const source = claim?.source;
    if (claim === undefined || source === undefined || payload.isStale()) return;
    const records: LogRecord[] = batch.messages.map((message) => ({
      offset: Number(message.offset),
      key: message.key?.toString('utf8') ?? '',
      value: message.value?.toString('utf8') ?? '',
    }));
    const first = records[0]?.offset ?? source.expected;
    if (first < source.soughtTo) {
      // The offset was out of range, and the client began at another by itself. It would fetch the same again and again,
      // as fast as it comes, for as long as the batch in hand takes.
      this.#pause(claim);
      source.fail(new Error(`Kafka gave offset ${first} where ${source.soughtTo} was asked for`));
      return;
    }
    if (first < source.expected) {
      // A repeat, or again a reset, perhaps to the begin of a topic that was made anew: to be compared.
      this.#openAnew(claim);
      return;
    }
    if (first > source.expected) {
      // Fetched from further on: by a former leader that answers late, after a seek. Or the client has stepped over what
      // it keeps to itself, as control records; then it is the same again.
      const { fetchedOffset } = batch as FetchedBatch;
      if (Number(fetchedOffset) > source.expected && claim.jumpedAt !== source.expected) {
        claim.jumpedAt = source.expected;
        this.#openAnew(claim);
        return;
      }
      if (!(await this.#isGapLegal(claim, source))) return;
    }
    if (payload.isStale() || claim.source !== source) return;
    source.take(records);
    payload.resolveOffset(batch.lastOffset());
  }

  /** Compaction and transactions leave gaps; so does a log that was cut from below, which is a halt. */
  async #isGapLegal(claim: Claim, source: KafkaSource): Promise<boolean> {
    try {
      await this.#requireReachable(claim, source.expected);
      return true;
    } catch (error) {
      if (claim.source === source) this.#pause(claim);
      source.fail(error);
      return false;
    }
  }

  async #watch(): Promise<void> {
    // One look at a time: two that are answered together would take one moment for two.
    if (this.#isLooking) return;
    this.#isLooking = true;
    const consumer = this.#consumer;
    const stalled = await inspectIdle(this.#options.admin, [...this.#claims.values()]);
    this.#isLooking = false;
    if (consumer === undefined) return;
    if (performance.now() - (this.#joiningSince ?? Infinity) > this.#options.joinTimeoutMs) {
      this.#restartSoon(consumer, new Error('the group was not joined in time'));
    } else if (stalled !== undefined) {
      this.#restartSoon(consumer, new Error(`nothing was fetched of ${stalled.topic}/${stalled.partition}`));
    }
  }

  #seek(claim: Claim, source: KafkaSource, offset: number): void {
    source.soughtTo = offset;
    this.#tell((consumer) =>
      consumer.seek({ topic: claim.topic, partition: claim.partition, offset: String(offset) }),
    );
  }

  #pause(claim: Claim): void {
    this.#tell((consumer) => consumer.pause([{ topic: claim.topic, partitions: [claim.partition] }]));
  }

  #resume(claim: Claim): void {
    this.#tell((consumer) => consumer.resume([{ topic: claim.topic, partitions: [claim.partition] }]));
  }

  /** The client throws while it is restarting; what it is to know it learns again when it joins. */
  #tell(what: (consumer: Consumer) => void): void {
    try {
      if (this.#consumer !== undefined) what(this.#consumer);
    } catch {
      // See above.
    }
  }

  #drop(key: string, claim: Claim, reason: string): void {
    claim.controller.abort(new Error(reason));
    claim.source = undefined;
    this.#claims.delete(key);
    const done = claim.done.finally(() => {
      if (this.#ending.get(key) === done) this.#ending.delete(key);
    });
    this.#ending.set(key, done);
  }
}

/** Of a client that was replaced, or whose subscription stopped. */
class GivenUp extends Error {
  /** kafkajs does not try again. */
  readonly retriable = false;
}

/** Leaving the group asks the brokers, which may be gone. */
async function disconnectInTime(consumer: Consumer): Promise<void> {
  await withTimeout(consumer.disconnect(), disconnectTimeoutMs, 'leaving the group').catch(() => {});
}
