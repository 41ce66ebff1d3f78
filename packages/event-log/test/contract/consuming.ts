import { describe, expect, test } from 'vitest';
import {
  consumeInTransaction,
  loadConsumerPosition,
  sliceBatch,
  type ConsumerProblem,
  type EventLog,
  type PartitionBatch,
  type Subscription,
} from '../../src/index.ts';
import type { ContractBench } from './bench.ts';
import { until } from '@throughline/testkit';
import { failOnProblem } from './bench.ts';
import { spawnChild } from './spawn-child.ts';

export function describeConsuming(bench: ContractBench): void {
  const group = 'readers';
  const { schema } = bench;

  const loadPosition = (topic: string, partition: number) =>
    loadConsumerPosition(bench.pool(), { schema, group }, topic, partition);

  const numbered = (topic: string, count: number) =>
    Array.from({ length: count }, (_, number) => ({
      topic,
      key: `key ${number % 50}`,
      value: String(number),
    }));

  async function readEffects(): Promise<string[]> {
    const { rows } = await bench
      .pool()
      .query<{ value: string }>('select value from consumer.effect order by id');
    return rows.map((row) => row.value);
  }

  /** Writes the values of a batch as effects. */
  async function applyBatch(batch: PartitionBatch): Promise<void> {
    await consumeInTransaction(
      bench.pool(),
      { schema, group, batches: [batch] },
      async ({ client, records }) => {
        await client.query('insert into consumer.effect (value) select unnest($1::text[])', [
          records.map((record) => record.value),
        ]);
      },
    );
  }

  async function consumeEffects(log: EventLog, topic: string): Promise<Subscription> {
    return await log.subscribe({
      group,
      topics: [topic],
      maxBatchRecords: 25,
      loadPosition,
      handle: applyBatch,
      onProblem: failOnProblem,
    });
  }

  const sortedNumbers = (values: string[]) => values.map(Number).toSorted((a, b) => a - b);
  const firstNumbers = (count: number) => Array.from({ length: count }, (_, number) => number);

  describe('consuming', () => {
    test('a batch of large records is bounded by their size, whatever their number', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const large = 'x'.repeat(700_000);
      for (let number = 0; number < 12; number++) await log.append([{ topic, key: 'k', value: large }]);
      const sizes: number[] = [];
      let consumed = 0;
      const subscription = await log.subscribe({
        group,
        topics: [topic],
        loadPosition,
        handle: async (batch) => {
          sizes.push(batch.records.reduce((sum, { value }) => sum + value.length, 0));
          consumed += batch.records.length;
          await consumeInTransaction(bench.pool(), { schema, group, batches: [batch] }, () =>
            Promise.resolve(),
          );
        },
        onProblem: failOnProblem,
      });
      await until('all are consumed', () => consumed === 12);
      await subscription.stop();
      expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024);
    });

    test('continues where a killed consumer was, each effect exactly once', async () => {
      const topic = await bench.createTopic(3);
      const log = bench.open();
      await log.append(numbered(topic, 1_000));
      const child = spawnChild('consume-some', bench.adapter().configuration, topic);
      await until('the child is within its sixth batch', () => child.lines.length > 5);
      child.process.kill('SIGKILL');
      await child.exited;
      const consumed = (await readEffects()).length;
      expect(consumed).toBeGreaterThan(0);
      expect(consumed).toBeLessThan(1_000);
      const subscription = await consumeEffects(log, topic);
      await until('all are consumed', async () => (await readEffects()).length >= 1_000);
      await subscription.stop();
      expect(sortedNumbers(await readEffects())).toEqual(firstNumbers(1_000));
    });

    test('lets a process that was stopped past its lease continue without doubling an effect', async () => {
      const topic = await bench.createTopic(3);
      const log = bench.open();
      await log.append(numbered(topic, 600));
      const child = spawnChild('consume', bench.adapter().configuration, topic);
      await until('the child has consumed some', () => child.lines.length >= 5);
      child.process.kill('SIGSTOP');
      const subscription = await consumeEffects(log, topic);
      await until('all are consumed', async () => (await readEffects()).length >= 600);
      const before = child.lines.length;
      child.process.kill('SIGCONT');
      await until('the child is back', () => subscription.assigned().length < 3);
      await log.append(numbered(topic, 900).slice(600));
      await until('the child consumes again', () => child.lines.length > before + 1);
      await until('all are consumed', async () => (await readEffects()).length >= 900);
      child.process.kill('SIGKILL');
      await child.exited;
      await subscription.stop();
      expect(sortedNumbers(await readEffects())).toEqual(firstNumbers(900));
    });

    test('hands batches of at most the size asked for', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(numbered(topic, 95));
      const sizes: number[] = [];
      const subscription = await log.subscribe({
        group,
        topics: [topic],
        maxBatchRecords: 30,
        loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
        handle: (batch) => {
          sizes.push(batch.records.length);
          return Promise.resolve();
        },
        onProblem: failOnProblem,
      });
      await until('all are consumed', () => sizes.reduce((sum, size) => sum + size, 0) >= 95);
      await subscription.stop();
      expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
    });

    test('shares partitions among the members of a group as they join and leave, and loses nothing', async () => {
      const topic = await bench.createTopic(4);
      const producer = bench.open();
      const owned = (subscription: Subscription) => subscription.assigned().map(({ partition }) => partition);
      const first = await consumeEffects(bench.open('first'), topic);
      await until('the first has all', () => owned(first).length === 4);
      await producer.append(numbered(topic, 200));
      const second = await consumeEffects(bench.open('second'), topic);
      await until('they share', () => owned(first).length === 2 && owned(second).length === 2);
      expect([...owned(first), ...owned(second)].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
      await producer.append(numbered(topic, 400).slice(200));
      await first.stop();
      await until('the second has all', () => owned(second).length === 4);
      await producer.append(numbered(topic, 600).slice(400));
      await until('all are consumed', async () => (await readEffects()).length >= 600);
      await second.stop();
      expect(sortedNumbers(await readEffects())).toEqual(firstNumbers(600));
    });

    test('lets two consumers that both think a partition is theirs have each effect once', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(numbered(topic, 100));
      const batches: PartitionBatch[] = [];
      const subscription = await log.subscribe({
        group: 'observers',
        topics: [topic],
        maxBatchRecords: 20,
        loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
        handle: (batch) => {
          batches.push({ ...batch, signal: new AbortController().signal });
          return Promise.resolve();
        },
        onProblem: failOnProblem,
      });
      await until('all are seen', () => batches.reduce((sum, batch) => sum + batch.records.length, 0) >= 100);
      await subscription.stop();
      const zombie = async () => {
        for (const batch of batches) await applyBatch(batch);
      };
      await Promise.all([zombie(), zombie(), zombie()]);
      expect((await readEffects()).map(Number)).toEqual(firstNumbers(100));
      await zombie();
      expect(await readEffects()).toHaveLength(100);
    });

    test('refuses a part of a batch when the database has lost the part before it', async () => {
      const topic = await bench.createTopic(1);
      const records = firstNumbers(10).map((offset) => ({ offset, key: 'k', value: String(offset) }));
      const { signal } = new AbortController();
      const batch: PartitionBatch = { topic, partition: 0, records, fromOffset: 0, signal };
      await applyBatch(sliceBatch(batch, records.slice(0, 5)));
      await bench.pool().query('delete from consumer.effect');
      await bench.pool().query('update consumer.consumer_offset set next_offset = 0, last_record = null');
      await expect(applyBatch(sliceBatch(batch, records.slice(5)))).rejects.toThrow('reading again');
      expect(await readEffects()).toEqual([]);
    });

    test('reads again what a restored database has not seen, instead of continuing above it', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(numbered(topic, 50));
      const problems: ConsumerProblem[] = [];
      const subscription = await log.subscribe({
        group,
        topics: [topic],
        loadPosition,
        handle: applyBatch,
        onProblem: (problem) => problems.push(problem),
      });
      await until('all are consumed', async () => (await readEffects()).length >= 50);
      await bench.pool().query('delete from consumer.effect where value::int >= 20');
      await bench.pool().query('update consumer.consumer_offset set next_offset = 20, last_record = null');
      await log.append(numbered(topic, 60).slice(50));
      await until('all are there', async () => (await readEffects()).length >= 60);
      await subscription.stop();
      expect((await readEffects()).map(Number)).toEqual(firstNumbers(60));
      expect(problems).toMatchObject([{ kind: 'retrying', attempt: 1 }]);
    });

    test('tries a failing batch again, in order, without loss, and says so', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(numbered(topic, 60));
      const problems: ConsumerProblem[] = [];
      let failures = 0;
      const subscription = await log.subscribe({
        group,
        topics: [topic],
        maxBatchRecords: 20,
        loadPosition,
        handle: async (batch) => {
          // After the effects: they must go with the transaction.
          await consumeInTransaction(
            bench.pool(),
            { schema, group, batches: [batch] },
            async ({ client, records }) => {
              await client.query('insert into consumer.effect (value) select unnest($1::text[])', [
                records.map((record) => record.value),
              ]);
              if (records.some((record) => record.value === '25') && ++failures <= 2)
                throw new Error('not yet');
            },
          );
        },
        onProblem: (problem) => problems.push(problem),
      });
      await until('all are consumed', async () => (await readEffects()).length >= 60);
      await subscription.stop();
      expect((await readEffects()).map(Number)).toEqual(firstNumbers(60));
      expect(problems).toMatchObject([
        { kind: 'retrying', topic, partition: 0, attempt: 1 },
        { kind: 'retrying', topic, partition: 0, attempt: 2 },
      ]);
    });

    test('stops after the batch that is running', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(numbered(topic, 10));
      let finish: () => void = () => {};
      let state = 'waiting';
      const subscription = await log.subscribe({
        group,
        topics: [topic],
        loadPosition,
        handle: async () => {
          state = 'handling';
          await new Promise<void>((resolve) => (finish = resolve));
          state = 'handled';
        },
        onProblem: failOnProblem,
      });
      await until('a batch is running', () => state === 'handling');
      const stopped = subscription.stop().then(() => expect(state).toBe('handled'));
      finish();
      await stopped;
      expect(subscription.assigned()).toEqual([]);
    });

    test('reports how far a group is behind', async () => {
      const topic = await bench.createTopic(2);
      const log = bench.open();
      await log.appendToPartition(topic, 0, [{ key: 'a', value: '0' }]);
      const ends = async () =>
        (await log.lag(group, [topic])).map(({ endOffset, nextOffset }) => [endOffset, nextOffset]);
      expect(await ends()).toEqual([
        [1, null],
        [0, null],
      ]);
      const subscription = await consumeEffects(log, topic);
      await until('the group has reported', async () => (await ends())[0]?.[1] === 1);
      await subscription.stop();
      await log.appendToPartition(topic, 0, [{ key: 'a', value: '1' }]);
      expect(await log.lag(group, [topic])).toMatchObject([
        { topic, partition: 0, beginOffset: 0, endOffset: 2, nextOffset: 1 },
        { topic, partition: 1, beginOffset: 0, endOffset: 0 },
      ]);
      const other = await bench.createTopic(1);
      const lags = await log.lagsInOrder([
        { group: 'other', topics: [other] },
        { group, topics: [topic] },
      ]);
      expect(lags).toMatchObject([
        [{ topic: other, partition: 0, endOffset: 0, nextOffset: null }],
        [
          { topic, partition: 0, endOffset: 2, nextOffset: 1 },
          { topic, partition: 1, endOffset: 0 },
        ],
      ]);
    });
  });
}
