import { describe, expect, test } from 'vitest';
import { recordFingerprint, type ConsumerProblem } from '../../src/index.ts';
import type { ContractBench } from './bench.ts';
import { until } from '@throughline/testkit';

export function describeHalting(bench: ContractBench): void {
  describe('halting', () => {
    async function consumeFrom(topic: string, startAt: { offset: number; lastRecord?: string }) {
      const problems: ConsumerProblem[] = [];
      const seen: number[] = [];
      const subscription = await bench.open().subscribe({
        group: 'readers',
        topics: [topic],
        loadPosition: () =>
          Promise.resolve({ nextOffset: startAt.offset, lastRecord: startAt.lastRecord ?? null }),
        handle: (batch) => {
          seen.push(...batch.records.map((record) => record.offset));
          return Promise.resolve();
        },
        onProblem: (problem) => problems.push(problem),
      });
      return { problems, seen, subscription };
    }

    test('consumes nothing when the log begins above the offset, reports it, and continues when it is resolved', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.appendToPartition(
        topic,
        0,
        Array.from({ length: 10 }, (_, number) => ({ key: 'k', value: String(number) })),
      );
      await bench.adapter().dropBelow(topic, 0, 10);
      await log.appendToPartition(topic, 0, [{ key: 'k', value: '10' }]);
      const startAt = { offset: 4 };
      const { problems, seen, subscription } = await consumeFrom(topic, startAt);
      await until('it halts', () => problems.length > 0);
      expect(problems[0]).toMatchObject({
        kind: 'halted',
        topic,
        partition: 0,
        reason: 'log_begins_above_offset',
        nextOffset: 4,
        beginOffset: 10,
        endOffset: 11,
      });
      expect(seen).toEqual([]);
      startAt.offset = 10;
      await until('it continues', () => seen.length > 0);
      await subscription.stop();
      expect(seen).toEqual([10]);
    });

    test('consumes nothing when the log ends below the offset', async () => {
      const topic = await bench.createTopic(1);
      await bench.open().appendToPartition(topic, 0, [{ key: 'k', value: '0' }]);
      const startAt = { offset: 7 };
      const { problems, seen, subscription } = await consumeFrom(topic, startAt);
      await until('it halts', () => problems.length > 0);
      expect(problems[0]).toMatchObject({
        kind: 'halted',
        topic,
        partition: 0,
        reason: 'log_ends_below_offset',
        nextOffset: 7,
        beginOffset: 0,
        endOffset: 1,
      });
      startAt.offset = 0;
      await until('it continues', () => seen.length > 0);
      await subscription.stop();
      expect(seen).toEqual([0]);
    });

    const numbered = (count: number) =>
      Array.from({ length: count }, (_, number) => ({ key: 'k', value: String(number) }));

    test('consumes nothing when the log holds another record before the offset than was consumed', async () => {
      const topic = await bench.createTopic(1);
      await bench.open().appendToPartition(topic, 0, numbered(5));
      const startAt = { offset: 3, lastRecord: recordFingerprint({ key: 'k', value: 'of another log' }) };
      const { problems, seen, subscription } = await consumeFrom(topic, startAt);
      await until('it halts', () => problems.length > 0);
      expect(problems[0]).toMatchObject({
        kind: 'halted',
        topic,
        partition: 0,
        reason: 'log_differs_before_offset',
        nextOffset: 3,
        beginOffset: 0,
        endOffset: 5,
      });
      expect(seen).toEqual([]);
      startAt.lastRecord = recordFingerprint({ key: 'k', value: '2' });
      await until('it continues', () => seen.length >= 2);
      await subscription.stop();
      expect(seen).toEqual([3, 4]);
    });

    test('continues where the record before the offset is the one that was consumed, or is no longer kept', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.appendToPartition(topic, 0, numbered(5));
      const atEnd = await consumeFrom(topic, {
        offset: 5,
        lastRecord: recordFingerprint({ key: 'k', value: '4' }),
      });
      await log.appendToPartition(topic, 0, [{ key: 'k', value: '5' }]);
      await until('it continues', () => atEnd.seen.length > 0);
      await atEnd.subscription.stop();
      expect(atEnd.seen).toEqual([5]);

      await bench.adapter().dropBelow(topic, 0, 6);
      await log.appendToPartition(topic, 0, [{ key: 'k', value: '6' }]);
      const atBegin = await consumeFrom(topic, {
        offset: 6,
        lastRecord: recordFingerprint({ key: 'k', value: '5' }),
      });
      await until('it continues', () => atBegin.seen.length > 0);
      await atBegin.subscription.stop();
      expect(atBegin.seen).toEqual([6]);
      expect([...atEnd.problems, ...atBegin.problems]).toEqual([]);
    });
  });
}
