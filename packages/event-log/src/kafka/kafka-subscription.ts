/**
 * One member of a Kafka group. The group only decides which member reads which partition; where it begins is the word of the
 * consumer's own database (law 3), so every assignment begins with a seek, and Kafka's offsets are written for lag tools alone.
 *
 * A partition is claimed with the assignment and dropped with the next that lacks it. A claim is `closed`, without a
 * source; `open`, from a seek on, when what is fetched goes to its source; and closed again by a new generation, by a fetch
 * from elsewhere in the log, or by a failure. `consumePartition` opens it each time.
 */
import type { EachBatchPayload, Kafka } from 'kafkajs';
import { consumePartition, type OpenedSource, type StartOffsets } from '../consume-partition.ts';
import type { SubscribeOptions, Subscription } from '../port.ts';
import { findReachableRange } from './find-reachable-range.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import { KafkaGroupClient } from './kafka-group-client.ts';
import { inspectIdle, type WatchedPartition } from './inspect-idle.ts';
import { orUnavailable, type KafkaProblems } from './kafka-problems.ts';
import { KafkaSource } from './kafka-source.ts';
import { PositionReport, type ReportedPartition } from './position-report.ts';
import { toRecord } from './to-record.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface KafkaSubscriptionOptions {
  /** A client of its own, since it is called for what was refused to that one alone. */
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
  /** Where it was reopened because something from further on came. */
  jumpedAt: number | undefined;
}

/** What kafkajs leaves out of its types: where the fetch began that the batch is of. */
type FetchedBatch = EachBatchPayload['batch'] & { fetchedOffset: string };

export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  readonly #client: KafkaGroupClient;
  readonly #claims = new Map<string, Claim>();
  /** Former claims whose last batch still runs. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #positions: PositionReport<Claim>;
  #isLooking = false;
  #reportTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(options: KafkaSubscriptionOptions) {
    this.#options = options;
    const { subscription, problems, sessionTimeoutMs, joinTimeoutMs } = options;
    this.#client = new KafkaGroupClient({
      kafka: options.createClient(() => {
        for (const claim of this.#claims.values()) this.#reopen(claim);
      }),
      group: subscription.group,
      topics: subscription.topics,
      sessionTimeoutMs,
      joinTimeoutMs,
      onAssignment: (assignment) => this.#reconcile(assignment),
      onBatch: (payload, isCurrent) => this.#takeIn(payload, isCurrent),
      onReplaced: (reason) => {
        problems.consumerReplaced(subscription.group, reason);
        subscription.onClientReplaced?.();
      },
    });
    this.#positions = new PositionReport({
      captureOutboxTail: subscription.captureOutboxTail,
      owned: () => this.#claims.values(),
      consumer: () => this.#client.consumer,
    });
  }

  async start(): Promise<void> {
    await this.#client.start();
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
    const claims = [...this.#claims.values()];
    for (const claim of claims) claim.controller.abort(new Error('the subscription stops'));
    await Promise.all([...claims.map((claim) => claim.done), ...this.#ending.values()]);
    await this.#positions.reportLast();
    this.#claims.clear();
    await this.#client.stop();
    this.#options.onStopped();
  }

  /** A new generation: partitions come and go, and the client has forgotten where it was in those that stay. */
  #reconcile(assignment: Record<string, number[]>): void {
    if (this.#isStopping) return;
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
        else this.#reopen(claim);
      }
    }
  }

  /**
   * The client has forgotten where it was, and what made it join again may have been that the topic was created again: what
   * was fetched is still handled, then the partition is opened as at the beginning.
   */
  #reopen(claim: Claim): void {
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
    const range = await this.#findRange(claim, nextOffset);
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

  #findRange(claim: Claim, nextOffset: number): ReturnType<typeof findReachableRange> {
    const { admin, settleMs } = this.#options;
    return findReachableRange(admin, { claim, nextOffset, settleMs, signal: claim.controller.signal });
  }

  /** Takes what was fetched into the queue, unless it is not what was asked for. */
  async #takeIn(payload: EachBatchPayload, isCurrent: () => boolean): Promise<void> {
    const { batch } = payload;
    const claim = this.#claims.get(`${batch.topic}/${batch.partition}`);
    const source = claim?.source;
    if (claim === undefined || source === undefined || payload.isStale()) return;
    const records = batch.messages.map(toRecord);
    const first = records[0]?.offset ?? source.expected;
    if (first < source.soughtTo) {
      // The offset was out of range, and the client began at another by itself. It would fetch the same again and again,
      // as fast as it comes, for as long as the running batch takes.
      this.#pause(claim);
      source.fail(new Error(`Kafka gave offset ${first} where ${source.soughtTo} was asked for`));
      return;
    }
    if (first < source.expected) {
      // A repeat, or again a reset, perhaps to the begin of a topic that was created again: to be compared.
      this.#reopen(claim);
      return;
    }
    if (first > source.expected) {
      // Fetched from further on: by a former leader that answers late, after a seek. Or the client has stepped over what
      // it keeps to itself, as control records; then it is the same again.
      const { fetchedOffset } = batch as FetchedBatch;
      if (Number(fetchedOffset) > source.expected && claim.jumpedAt !== source.expected) {
        claim.jumpedAt = source.expected;
        this.#reopen(claim);
        return;
      }
      if (!(await this.#isGapLegal(claim, source))) return;
    }
    // A client that was given up is elsewhere in the log than its successor.
    if (payload.isStale() || !isCurrent() || claim.source !== source) return;
    source.take(records);
    payload.resolveOffset(batch.lastOffset());
  }

  /** Compaction and transactions leave gaps; so does a log that was cut from below, which is a halt. */
  async #isGapLegal(claim: Claim, source: KafkaSource): Promise<boolean> {
    try {
      await this.#findRange(claim, source.expected);
      return true;
    } catch (error) {
      if (claim.source === source) this.#pause(claim);
      source.fail(error);
      return false;
    }
  }

  /**
   * Only a client that has joined can be said to fetch nothing: one that joins, or joins again, waits for other members,
   * and is replaced when that takes too long.
   */
  async #watch(): Promise<void> {
    this.#client.replaceIfNotJoined();
    const consumer = this.#client.joinedConsumer;
    // One look at a time: two that are answered together would take one moment for two.
    if (this.#isLooking || consumer === undefined) return;
    this.#isLooking = true;
    const stalled = await inspectIdle(this.#options.admin, [...this.#claims.values()]);
    this.#isLooking = false;
    if (stalled === undefined || this.#client.joinedConsumer !== consumer) return;
    this.#client.replace(new Error(`nothing was fetched of ${stalled.topic}/${stalled.partition}`));
  }

  #seek(claim: Claim, source: KafkaSource, offset: number): void {
    source.soughtTo = offset;
    this.#client.use((consumer) =>
      consumer.seek({ topic: claim.topic, partition: claim.partition, offset: String(offset) }),
    );
  }

  #pause(claim: Claim): void {
    this.#client.use((consumer) => consumer.pause([{ topic: claim.topic, partitions: [claim.partition] }]));
  }

  #resume(claim: Claim): void {
    this.#client.use((consumer) => consumer.resume([{ topic: claim.topic, partitions: [claim.partition] }]));
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
