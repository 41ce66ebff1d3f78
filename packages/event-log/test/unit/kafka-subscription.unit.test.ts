/** What a broker cannot be made to do on demand: late answers, and none. The client and the brokers' answers are played. */
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { silentLog } from '@throughline/postgres';
import { describe, expect, test } from 'vitest';
import type { PartitionBatch } from '../../src/index.ts';
import type { KafkaAdmin, PartitionRange } from '../../src/kafka/kafka-admin.ts';
import { KafkaProblems } from '../../src/kafka/kafka-problems.ts';
import { KafkaSubscription } from '../../src/kafka/kafka-subscription.ts';
import { until } from '@throughline/testkit';

type JoinListener = (event: { payload: { memberAssignment: Record<string, number[]> } }) => void;

const topic = 'played';

/** As much of a client as the subscription touches. */
class PlayedClient {
  readonly #listeners = new Map<string, JoinListener>();
  #eachBatch: ((payload: EachBatchPayload) => Promise<void>) | undefined;
  soughtTo: number | undefined;
  isPaused = false;

  readonly consumer = {
    events: { GROUP_JOIN: 'join', REBALANCING: 'rebalancing', CRASH: 'crash' },
    on: (name: string, listener: JoinListener) => void this.#listeners.set(name, listener),
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: ({ eachBatch }: { eachBatch: (payload: EachBatchPayload) => Promise<void> }) => {
      this.#eachBatch = eachBatch;
      return Promise.resolve();
    },
    pause: () => void (this.isPaused = true),
    resume: () => void (this.isPaused = false),
    seek: ({ offset }: { offset: string }) => void (this.soughtTo = Number(offset)),
    commitOffsets: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
  } as unknown as Consumer;

  join(): void {
    this.#listeners.get('join')?.({ payload: { memberAssignment: { [topic]: [0] } } });
  }

  rebalance(): void {
    this.#listeners.get('rebalancing')?.({ payload: { memberAssignment: {} } });
  }

  /** Records [from, to), fetched from `fetchedOffset`. */
  async give(from: number, to: number, fetchedOffset = from): Promise<void> {
    const messages = Array.from({ length: to - from }, (_, index) => ({
      offset: String(from + index),
      key: Buffer.from('k'),
      value: Buffer.from(String(from + index)),
    }));
    await this.#eachBatch?.({
      batch: {
        topic,
        partition: 0,
        fetchedOffset: String(fetchedOffset),
        messages,
        lastOffset: () => to - 1,
      },
      isStale: () => false,
      resolveOffset: () => {},
    } as unknown as EachBatchPayload);
  }
}

interface Played {
  findRanges?: () => Promise<PartitionRange[]>;
  handle?: (batch: PartitionBatch) => Promise<void>;
  position?: () => number;
  watchIntervalMs?: number;
  joinTimeoutMs?: number;
}

async function play({
  findRanges,
  handle,
  position,
  watchIntervalMs = 60_000,
  joinTimeoutMs = 60_000,
}: Played) {
  const clients: PlayedClient[] = [];
  const configs: (ConsumerConfig | undefined)[] = [];
  const kafka = {
    consumer: (config?: ConsumerConfig) => {
      const client = new PlayedClient();
      clients.push(client);
      configs.push(config);
      return client.consumer;
    },
  } as unknown as Kafka;
  const wholeLog = () => Promise.resolve([{ partition: 0, beginOffset: 0, endOffset: 10_000 }]);
  const subscription = new KafkaSubscription({
    createClient: () => kafka,
    admin: { findRanges: findRanges ?? wholeLog } as unknown as KafkaAdmin,
    problems: new KafkaProblems(silentLog),
    sessionTimeoutMs: 10_000,
    haltRecheckMs: 5,
    settleMs: 50,
    reportIntervalMs: 60_000,
    watchIntervalMs,
    joinTimeoutMs,
    subscription: {
      group: 'readers',
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: position?.() ?? 0, lastRecord: null }),
      handle: handle ?? (() => Promise.resolve()),
      onProblem: () => {},
    },
    onStopped: () => {},
  });
  await subscription.start();
  const [client] = clients;
  if (client === undefined) throw new Error('no client was made');
  return { client, clients, configs, subscription };
}

describe('KafkaSubscription', () => {
  test('does not take what was fetched from further on for what comes next', async () => {
    const seen: number[] = [];
    const { client, subscription } = await play({
      position: () => seen.length,
      handle: ({ records }) => {
        seen.push(...records.map(({ offset }) => offset));
        return Promise.resolve();
      },
    });
    client.join();
    await until('it is open', () => client.soughtTo === 0);
    // A former leader answers late: from where the consumer was before it went back.
    client.soughtTo = undefined;
    await client.give(5, 8);
    await until('it is opened again', () => client.soughtTo === 0);
    await client.give(0, 5);
    await client.give(5, 8);
    await until('all is consumed', () => seen.length === 8);
    await subscription.stop();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('continues behind a gap of the log itself', async () => {
    const seen: number[] = [];
    const { client, subscription } = await play({
      position: () => (seen.at(-1) ?? -1) + 1,
      handle: ({ records }) => {
        seen.push(...records.map(({ offset }) => offset));
        return Promise.resolve();
      },
    });
    client.join();
    await until('it is open', () => client.soughtTo === 0);
    await client.give(2, 4, 0);
    await until('it continues', () => seen.length === 2);
    // The client steps over control records by itself: the same again, however often it is opened.
    client.soughtTo = undefined;
    await client.give(6, 8, 6);
    await until('it is opened again', () => client.soughtTo === 4);
    await client.give(6, 8, 6);
    await until('it continues again', () => seen.length === 4);
    await subscription.stop();
    expect(seen).toEqual([2, 3, 6, 7]);
  });

  test('does not have fetched again and again what the client has gone back to by itself', async () => {
    const { client, subscription } = await play({ position: () => 5 });
    client.join();
    await until('it is open', () => client.soughtTo === 5);
    expect(client.isPaused).toBe(false);
    await client.give(0, 3);
    expect(client.isPaused).toBe(true);
    await until('it is opened again', () => !client.isPaused);
    await subscription.stop();
  });

  test('takes nothing from a client that was replaced, does not let it join, and does not have it restarted', async () => {
    const seen: number[] = [];
    const { client, clients, configs, subscription } = await play({
      watchIntervalMs: 5,
      handle: ({ records }) => {
        seen.push(...records.map(({ offset }) => offset));
        return Promise.resolve();
      },
    });
    client.join();
    // It fetches nothing of what is there.
    await until('it is replaced', () => clients.length > 1);
    await client.give(0, 5);
    expect(() => client.join()).toThrow();
    expect(await configs[0]?.retry?.restartOnFailure?.(new Error('any'))).toBe(false);
    await subscription.stop();
    expect(seen).toEqual([]);
  });

  test('replaces a client that does not get into the group', async () => {
    const { clients, subscription } = await play({ watchIntervalMs: 5, joinTimeoutMs: 20 });
    await until('it is replaced', () => clients.length > 1);
    await subscription.stop();
  });

  test('leaves a client alone that joins again and fetches nothing meanwhile, however long its group takes', async () => {
    let looks = 0;
    // Nothing is there to be fetched before it joins again: until then it is no client that fetches nothing.
    let endOffset = 0;
    const { client, clients, subscription } = await play({
      watchIntervalMs: 5,
      findRanges: () => {
        looks++;
        return Promise.resolve([{ partition: 0, beginOffset: 0, endOffset }]);
      },
    });
    client.join();
    await until('it is open', () => client.soughtTo === 0);
    client.rebalance();
    endOffset = 10;
    const before = looks;
    let turns = 0;
    const counting = setInterval(() => turns++, 5);
    await until('many intervals have passed', () => turns > 30);
    clearInterval(counting);
    // One look may have been under way.
    expect(looks).toBeLessThanOrEqual(before + 1);
    expect(clients).toHaveLength(1);
    client.join();
    await until('it is looked at again, and replaced for what it does not fetch', () => clients.length === 2);
    const [, successor] = clients;
    // The successor joins for longer than two looks: its partitions are still those of the client before it.
    turns = 0;
    const countingAgain = setInterval(() => turns++, 5);
    await until('many intervals have passed', () => turns > 30);
    clearInterval(countingAgain);
    expect(clients).toHaveLength(2);
    successor?.join();
    await subscription.stop();
  });

  test('replaces a client that does not get back into its group', async () => {
    const { client, clients, subscription } = await play({ watchIntervalMs: 5, joinTimeoutMs: 20 });
    client.join();
    client.rebalance();
    await until('it is replaced', () => clients.length > 1);
    await subscription.stop();
  });

  test('leaves a client alone that got into the group and has nothing to fetch', async () => {
    const { client, clients, subscription } = await play({
      watchIntervalMs: 5,
      joinTimeoutMs: 20,
      findRanges: () => Promise.resolve([{ partition: 0, beginOffset: 0, endOffset: 0 }]),
    });
    client.join();
    let turns = 0;
    const counting = setInterval(() => turns++, 5);
    await until('many intervals have passed', () => turns > 30);
    clearInterval(counting);
    await subscription.stop();
    expect(clients).toHaveLength(1);
  });

  test('stops although no broker answers the question with which a partition is opened', async () => {
    let asked = 0;
    const { client, subscription } = await play({
      findRanges: () => {
        asked++;
        return new Promise<never>(() => {});
      },
    });
    client.join();
    await until('it is asked', () => asked === 1);
    let isStopped = false;
    void subscription.stop().then(() => (isStopped = true));
    await until('it stops', () => isStopped);
  });

  test('does not take answers that came together for two looks', async () => {
    const waiting: (() => void)[] = [];
    let isOpened = false;
    let isReleased = false;
    const { client, clients, subscription } = await play({
      watchIntervalMs: 5,
      findRanges: () => {
        const answer = [{ partition: 0, beginOffset: 0, endOffset: 10 }];
        // The first question opens the partition; each look after it waits.
        if (!isOpened || isReleased) {
          isOpened = true;
          return Promise.resolve(answer);
        }
        return new Promise((resolve) => {
          waiting.push(() => resolve(answer));
        });
      },
    });
    client.join();
    await until('a look is under way', () => waiting.length > 0);
    const looks = waiting.length;
    // As many intervals as would have made several looks.
    let turns = 0;
    const counting = setInterval(() => turns++, 5);
    await until('intervals have passed', () => turns > 10);
    clearInterval(counting);
    expect(waiting.length).toBe(looks);
    isReleased = true;
    for (const answer of waiting.splice(0)) answer();
    await subscription.stop();
    expect(clients).toHaveLength(1);
  });
});
