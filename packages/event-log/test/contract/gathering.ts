/** The loop that all services consume by: which records of which partitions one transaction takes. */
import { describe, expect, test } from 'vitest';
import type { RecordBatch, TrafficClass } from '../../src/index.ts';
import { until } from '@throughline/testkit';
import type { ContractBench } from './bench.ts';
import { createLoopBench } from './loop-bench.ts';

export function describeGathering(bench: ContractBench): void {
  const { schema } = bench;
  const { known, parse, saveEffects, readEffects, consume } = createLoopBench(bench);

  describe('the consumer loop', () => {
    test('cuts batches by weight, and gives what is heavier than the limit a transaction of its own', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(known(topic, ['four', 'four', 'four', 'as heavy as fourteen', 'four', 'four']));
      const { batches } = await consume(topic, { log, options: { maxWeight: 8 } });
      await until('all are consumed', async () => (await readEffects()).length === 6);
      expect(batches).toEqual([2, 1, 1, 2]);
    });

    /** A consumer whose next transaction waits until everything that is appended meanwhile is parsed. */
    async function consumeGathering(
      topic: string,
      handle: (batch: RecordBatch<string>) => Promise<void> = saveEffects,
    ) {
      const transactions: number[][] = [];
      const parsed = new Set<string>();
      let gate: Promise<void> = Promise.resolve();
      const consumer = await consume(topic, {
        options: {
          parse: ({ value }) => {
            const read = parse(value, ['known']);
            if (read.kind === 'readable') parsed.add(read.value);
            return read;
          },
          report: ({ partitions }) => void transactions.push(partitions.map(({ partition }) => partition)),
        },
        handle: async (batch) => {
          await gate;
          await handle(batch);
        },
      });
      const partitions = await consumer.log.partitions(topic);
      const appendTo = (partition: number, text: string) =>
        consumer.log.appendToPartition(topic, partition, [
          { key: 'k', value: JSON.stringify({ kind: 'known', text }) },
        ]);
      // From its first batch on a partition is trusted: nothing is written before a batch any more.
      for (let partition = 0; partition < partitions; partition++) await appendTo(partition, 'first');
      await until('each partition is consumed', async () => (await readEffects()).length === partitions);
      transactions.length = 0;
      return {
        ...consumer,
        transactions,
        gather: async (texts: readonly string[]): Promise<void> => {
          const { promise, resolve } = Promise.withResolvers<void>();
          gate = promise;
          for (const [partition, text] of texts.entries()) {
            await appendTo(partition, text);
            await until(`${text} is parsed`, () => parsed.has(text));
          }
          resolve();
        },
      };
    }

    test('consumes what waits of several partitions in one transaction', async () => {
      const topic = await bench.createTopic(4);
      const { transactions, gather, group } = await consumeGathering(topic);
      await gather(['a', 'b', 'c', 'd']);
      await until('all are consumed', async () => (await readEffects()).length === 8);
      expect(transactions).toEqual([[0], [1, 2, 3]]);
      const { rows } = await bench.pool().query(
        `select partition, next_offset as next, xmin::text as transaction from ${schema}.consumer_offset
           where group_name = $1 order by partition`,
        [group],
      );
      const { transaction } = rows[1] as { transaction: string };
      expect(rows).toMatchObject([
        { partition: 0, next: 2 },
        { partition: 1, next: 2, transaction },
        { partition: 2, next: 2, transaction },
        { partition: 3, next: 2, transaction },
      ]);
    });

    test('handles a single request beside the bulk transaction that runs, although thousands of bulk records wait', async () => {
      const topic = await bench.createTopic(2);
      const log = bench.open();
      const append = (traffic: TrafficClass, texts: readonly string[]) =>
        log.append(known(topic, texts).map((one) => ({ ...one, traffic })));
      const transactions: { traffic: string; first: string | undefined }[] = [];
      const first = Promise.withResolvers<void>();
      const { subscription } = await consume(topic, {
        log,
        options: { maxRecords: 100, dividedPartitions: 2 },
        async handle({ traffic, records }) {
          transactions.push({ traffic, first: records[0] });
          if (records[0] === 'bulk 0') await first.promise;
        },
      });
      await append(
        'bulk',
        Array.from({ length: 3_000 }, (_, index) => `bulk ${index}`),
      );
      await until('a bulk transaction runs', () => transactions.length === 1);
      await append('interactive', ['single']);
      await until('the single request is handled meanwhile', () => transactions.length === 2);
      first.resolve();
      await until('bulk records are handled after it', () => transactions.length > 3);
      await subscription.stop();
      expect(transactions.slice(0, 4)).toEqual([
        { traffic: 'bulk', first: 'bulk 0' },
        { traffic: 'interactive', first: 'single' },
        { traffic: 'bulk', first: 'bulk 100' },
        { traffic: 'bulk', first: 'bulk 200' },
      ]);
    });

    test('sets a record aside that fails beside those of other partitions, and consumes them once', async () => {
      const topic = await bench.createTopic(4);
      const { transactions, gather, letters, halved } = await consumeGathering(topic, async (batch) => {
        await saveEffects(batch);
        if (batch.records.includes('poison')) throw new Error('poison');
      });
      await gather(['a', 'b', 'poison', 'd']);
      await until('the others are consumed', async () => (await readEffects()).length === 7);
      await until('it is kept', async () => (await letters()).length === 1);
      expect((await readEffects()).slice(4).toSorted()).toEqual(['a', 'b', 'd']);
      expect(await letters()).toMatchObject([{ partition: 2, offset: 1, code: 'record_failed' }]);
      expect(halved()).toBe(0);
      expect(transactions).toContainEqual([1]);
      expect(transactions).toContainEqual([3]);
    });

    test('reads a partition again whose committed offset went back, and consumes the others', async () => {
      const topic = await bench.createTopic(3);
      const { gather, group, logged } = await consumeGathering(topic);
      await bench.pool().query(
        `update ${schema}.consumer_offset set next_offset = 0, last_record = null
           where group_name = $1 and partition = 2`,
        [group],
      );
      await gather(['a', 'b', 'c']);
      await until('all are consumed', async () => (await readEffects()).length === 7);
      expect((await readEffects()).slice(3).toSorted()).toEqual(['a', 'b', 'c', 'first']);
      expect(logged('consumer.retrying')).toMatchObject([{ partition: 2 }]);
    });

    test('lets partitions take turns between the transactions of a batch that is cut', async () => {
      const topic = await bench.createTopic(2);
      const log = bench.open();
      const keys = Array.from({ length: 16 }, (_, index) => `key ${index}`);
      const values = Array.from({ length: 20 }, () => JSON.stringify({ kind: 'known', text: 'heavy' }));
      await log.append(keys.flatMap((key) => values.map((value) => ({ topic, key, value }))));
      const order: number[] = [];
      await consume(topic, {
        log,
        options: {
          maxWeight: 1,
          report: ({ partitions }) => void order.push(...partitions.map(({ partition }) => partition)),
        },
      });
      await until('all are consumed', () => order.length === keys.length * values.length);
      const lastOfFirst = order.lastIndexOf(order[0] ?? -1);
      const firstOfOther = order.findIndex((partition) => partition !== order[0]);
      expect(firstOfOther).toBeGreaterThan(0);
      expect(firstOfOther).toBeLessThan(lastOfFirst);
    });
  });
}
