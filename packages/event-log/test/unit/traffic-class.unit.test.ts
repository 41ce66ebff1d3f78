import { describe, expect, test } from 'vitest';
import { PartitionCounts } from '../../src/partition-counts.ts';
import { partitionOfTraffic, trafficOfPartition } from '../../src/index.ts';

const classes = ['interactive', 'bulk'] as const;
const keys = Array.from({ length: 500 }, (_, index) => `key ${index}`);

describe('the classes of traffic of a topic', () => {
  test.each([2, 3, 4, 5, 8, 13])(
    'have all of %i partitions between them, and none together',
    (partitions) => {
      const used = classes.map(
        (traffic) => new Set(keys.map((key) => partitionOfTraffic(key, partitions, traffic))),
      );
      expect(used.flatMap((ofClass) => [...ofClass]).toSorted((a, b) => a - b)).toEqual([
        ...Array(partitions).keys(),
      ]);
      for (const [index, traffic] of classes.entries()) {
        for (const partition of used[index] ?? [])
          expect(trafficOfPartition(partition, partitions)).toBe(traffic);
      }
    },
  );

  test('share the only partition of a topic that has one', () => {
    expect(classes.map((traffic) => partitionOfTraffic('key', 1, traffic))).toEqual([0, 0]);
    expect(trafficOfPartition(0, 1)).toBe('interactive');
  });

  test('are what appends are routed by, and a record without one may go to any partition', async () => {
    const counts = new PartitionCounts(() => Promise.resolve(4), 60_000);
    const usedBy = async (given: { traffic?: 'interactive' | 'bulk' }) => {
      const parts = await counts.route(keys.map((key) => ({ topic: 't', key, value: '', ...given })));
      return parts.map(({ partition }) => partition).toSorted((a, b) => a - b);
    };
    expect(await usedBy({ traffic: 'interactive' })).toEqual([0, 1]);
    expect(await usedBy({ traffic: 'bulk' })).toEqual([2, 3]);
    expect(await usedBy({})).toEqual([0, 1, 2, 3]);
  });
});
