import { describe, expect, test } from 'vitest';
import type { ConsumerProblem } from '../../src/index.ts';
import type { ContractBench } from './bench.ts';
import { until } from './bench.ts';

export function describeHalting(bench: ContractBench): void {
  describe('halting', () => {
    async function consumeFrom(topic: string, startAt: { offset: number }) {
      const problems: ConsumerProblem[] = [];
      const seen: number[] = [];
      const subscription = await bench.open().subscribe({
        group: 'readers',
        topics: [topic],
        loadNextOffset: () => Promise.resolve(startAt.offset),
        handle: (batch) => {
          seen.push(...batch.records.map((record) => record.offset));
          return Promise.resolve();
        },
        onProblem: (problem) => problems.push(problem),
      });
      return { problems, seen, subscription };
    }

    test('consumes nothing when the log begins above the offset, says so, and goes on when it is solved', async () => {
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
      await until('it goes on', () => seen.length > 0);
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
      await until('it goes on', () => seen.length > 0);
      await subscription.stop();
      expect(seen).toEqual([0]);
    });
  });
}
