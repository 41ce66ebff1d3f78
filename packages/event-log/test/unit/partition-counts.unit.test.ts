import { describe, expect, test } from 'vitest';
import { PartitionCounts } from '../../src/partition-counts.ts';
import { until } from '@throughline/testkit';

/** Answers when the test lets it. */
function playedLog(maxAgeMs: number) {
  const asked: ((count: number | null | Error) => void)[] = [];
  const counts = new PartitionCounts(
    () =>
      new Promise((resolve, reject) => {
        asked.push((count) => (count instanceof Error ? reject(count) : resolve(count)));
      }),
    maxAgeMs,
  );
  return { counts, asked };
}

const record = (key: string) => ({ topic: 't', key, value: key });

describe('the number of partitions', () => {
  test('keeps appends in order while it is not known', async () => {
    const { counts, asked } = playedLog(60_000);
    const routed: string[] = [];
    const first = counts.route([record('a')]).then(() => routed.push('a'));
    const second = counts.route([record('b')]).then(() => routed.push('b'));
    await until('it is asked', () => asked.length === 1);
    asked[0]?.(4);
    await Promise.all([first, second]);
    expect(routed).toEqual(['a', 'b']);
    expect(asked).toHaveLength(1);
  });

  test('is used while it is asked for again, however long the answer takes', async () => {
    const { counts, asked } = playedLog(0);
    const known = counts.find('t');
    asked[0]?.(1);
    expect(await known).toBe(1);
    const parts = await Promise.all([counts.route([record('a')]), counts.route([record('b')])]);
    expect(parts.map(([part]) => part?.partition)).toEqual([0, 0]);
    await counts.require('t', 0);
    // One question for all.
    expect(asked).toHaveLength(2);
    asked[1]?.(new Error('no answer'));
    await until('it is asked again', () => counts.find('t').then(() => asked.length === 3));
    asked[2]?.(2);
    await until('the new one is known', async () => (await counts.find('t')) === 2);
  });

  test('is asked for again before a partition is called missing', async () => {
    const { counts, asked } = playedLog(60_000);
    const known = counts.find('t');
    asked[0]?.(4);
    await known;
    const fixedByOthers = counts.require('t', 5);
    await until('it is asked again', () => asked.length === 2);
    asked[1]?.(6);
    await fixedByOthers;
    const missing = counts.require('t', 6);
    await until('it is asked again', () => asked.length === 3);
    asked[2]?.(6);
    await expect(missing).rejects.toMatchObject({ cause: { code: 'partition_missing' } });
  });

  test('is forgotten with its topic', async () => {
    const { counts, asked } = playedLog(0);
    const known = counts.find('t');
    asked[0]?.(1);
    await known;
    await counts.find('t');
    asked[1]?.(null);
    await until('it is asked again', async () => {
      void counts.find('t').catch(() => {});
      await Promise.resolve();
      return asked.length > 2;
    });
    asked[2]?.(null);
    const missing = counts.find('t');
    await until('it is asked', () => asked.length > 3);
    for (const answer of asked.slice(3)) answer(null);
    await expect(missing).rejects.toMatchObject({ code: 'log_unavailable' });
  });
});
