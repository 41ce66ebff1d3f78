/**
 * The client by which a subscription is a member of its group, replaced by a new one when it fails:
 *
 *                 start                       assignment
 *     offline ──────────────> joining ────────────────────────> joined
 *        ^                     │   ^                            │   │
 *        │                     │   └─── the group rebalances ───┘   │
 *        └── replace: crash, not joined in time, nothing fetched ───┘
 *
 * and from each to `stopped`, for good. Only the client of the state counts: kafkajs keeps working on one that was given up,
 * which must neither join nor hand over what it fetches.
 */
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { withTimeout } from '@throughline/timing';

export interface KafkaGroupClientOptions {
  kafka: Kafka;
  group: string;
  topics: readonly string[];
  sessionTimeoutMs: number;
  /** A client that has not joined the group by then is replaced. */
  joinTimeoutMs: number;
  /** A new generation of the group. Called before its first fetch. */
  onAssignment: (assignment: Record<string, number[]>) => void;
  /** What was fetched by the client of the state. `isCurrent` says whether it still is that. */
  onBatch: (payload: EachBatchPayload, isCurrent: () => boolean) => Promise<void>;
  /** A client failed, and is replaced in a moment. */
  onReplaced: (reason: unknown) => void;
}

type ClientState =
  | { readonly name: 'offline' }
  | { readonly name: 'joining'; readonly consumer: Consumer; readonly since: number }
  | { readonly name: 'joined'; readonly consumer: Consumer }
  | { readonly name: 'stopped' };

const restartDelayMs = 1_000;
const disconnectTimeoutMs = 10_000;
/** For the other members to learn of a new one. */
const rebalanceTimeoutMs = 60_000;
/** A batch of kafkajs comes decompressed, about seven times as large. */
const maxBytesPerPartition = 512 * 1024;

export class KafkaGroupClient {
  readonly #options: KafkaGroupClientOptions;
  #state: ClientState = { name: 'offline' };
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(options: KafkaGroupClientOptions) {
    this.#options = options;
  }

  /** Undefined while no client has joined. */
  get joinedConsumer(): Consumer | undefined {
    return this.#state.name === 'joined' ? this.#state.consumer : undefined;
  }

  /** Undefined while there is none. */
  get consumer(): Consumer | undefined {
    return 'consumer' in this.#state ? this.#state.consumer : undefined;
  }

  /** Resolves when it is connected; joining takes as long as the session of a member that was killed. */
  async start(): Promise<void> {
    const { group, topics, onBatch } = this.#options;
    const consumer = this.#createConsumer(group);
    this.#state = { name: 'joining', consumer, since: performance.now() };
    this.#listen(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 4,
        eachBatch: async (payload) => {
          if (this.#isCurrent(consumer)) await onBatch(payload, () => this.#isCurrent(consumer));
        },
      })
      .catch((error: unknown) => this.#replace(consumer, error));
  }

  /** Replaces the client. Nothing where there is none, or where it stopped. */
  replace(reason: unknown): void {
    const { consumer } = this;
    if (consumer !== undefined) this.#replace(consumer, reason);
  }

  /** Replaces a client that has been joining for too long. */
  replaceIfNotJoined(): void {
    if (this.#state.name !== 'joining') return;
    if (performance.now() - this.#state.since > this.#options.joinTimeoutMs) {
      this.#replace(this.#state.consumer, new Error('the group was not joined in time'));
    }
  }

  /** The client throws while it is restarting; what it needs to know it learns again when it joins. */
  use(what: (consumer: Consumer) => void): void {
    try {
      if (this.consumer !== undefined) what(this.consumer);
    } catch {
      // See above.
    }
  }

  async stop(): Promise<void> {
    const { consumer } = this;
    this.#state = { name: 'stopped' };
    clearTimeout(this.#restartTimer);
    if (consumer !== undefined) await disconnectInTime(consumer);
  }

  #isCurrent(consumer: Consumer): boolean {
    return this.consumer === consumer;
  }

  #createConsumer(group: string): Consumer {
    const { kafka, sessionTimeoutMs } = this.#options;
    const consumer: Consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: 250,
      maxBytesPerPartition,
      // A fetch may be served by a former leader, which lags; and a dead broker is dialled until metadata are new.
      metadataMaxAge: 5_000,
      // Then the client starts again, with new metadata.
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 500,
        retries: 2,
        // Asked when it has ended, by when it may have been given up: it would join again beside its successor.
        restartOnFailure: () => Promise.resolve(this.#isCurrent(consumer)),
      },
      allowAutoTopicCreation: false,
    });
    return consumer;
  }

  #listen(consumer: Consumer): void {
    const { GROUP_JOIN, REBALANCING, CRASH } = consumer.events;
    // Before the first fetch of a generation, but not awaited: what must precede it is done synchronously.
    consumer.on(GROUP_JOIN, ({ payload }) => {
      // A client that was given up while it joined continues to join, and would hold partitions that are not read for as
      // long as the process lives: the join fails with what is thrown here, and the member runs out with its session.
      if (!this.#isCurrent(consumer)) throw new GivenUp();
      this.#state = { name: 'joined', consumer };
      this.#options.onAssignment(payload.memberAssignment);
    });
    // It fetches nothing until every member has joined again, which is no stall.
    consumer.on(REBALANCING, () => {
      if (this.#isCurrent(consumer)) this.#state = { name: 'joining', consumer, since: performance.now() };
    });
    consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.#replace(consumer, payload.error);
    });
  }

  #replace(consumer: Consumer, reason: unknown): void {
    if (!this.#isCurrent(consumer)) return;
    this.#state = { name: 'offline' };
    this.#options.onReplaced(reason);
    this.#restartTimer = setTimeout(() => {
      void disconnectInTime(consumer)
        .then(() => (this.#state.name === 'offline' ? this.start() : undefined))
        .catch((error: unknown) => this.replace(error));
    }, restartDelayMs);
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
