import { describe, expect, test } from 'vitest';
import { SourceEnded } from '../../src/consume-partition.ts';
import { KafkaSource } from '../../src/kafka/kafka-source.ts';

const records = (from: number, to: number, value = '') =>
  Array.from({ length: to - from }, (_, index) => ({ offset: from + index, key: '', value }));

function createSource(nextOffset = 0) {
  const calls: string[] = [];
  const source = new KafkaSource({
    nextOffset,
    maxBatchRecords: 10,
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
  });
  const never = new AbortController().signal;
  const next = async () => (await source.nextBatch(never)).map((record) => record.offset);
  return { source, calls, next };
}

describe('KafkaSource', () => {
  test('gives what was taken in, in batches of the size asked for, and drops repeats', async () => {
    const { source, next } = createSource(5);
    source.take(records(0, 12));
    source.take(records(10, 18));
    expect(await next()).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(await next()).toEqual([15, 16, 17]);
  });

  test('wakes a consumer that waits', async () => {
    const { source, next } = createSource();
    const batch = next();
    expect(source.isWaiting).toBe(true);
    source.take(records(0, 1));
    expect(await batch).toEqual([0]);
  });

  test('stops fetching at four batches, and resumes below', async () => {
    const { source, calls, next } = createSource();
    source.take(records(0, 39));
    expect(calls).toEqual([]);
    source.take(records(39, 50));
    expect(calls).toEqual(['pause']);
    await next();
    expect(calls).toEqual(['pause']);
    await next();
    expect(calls).toEqual(['pause', 'resume']);
  });

  test('stops fetching again when more comes all the same, as from a client that started again', () => {
    const { source, calls } = createSource();
    source.take(records(0, 45));
    source.take(records(45, 50));
    expect(calls).toEqual(['pause', 'pause']);
  });

  test('stops fetching at four megabytes, however few the records', () => {
    const { source, calls } = createSource();
    source.take(records(0, 3, 'x'.repeat(1_500_000)));
    expect(calls).toEqual(['pause']);
  });

  test('gives what it has before it fails', async () => {
    const { source, next } = createSource();
    source.take(records(0, 1));
    source.fail(new Error('reset'));
    expect(await next()).toEqual([0]);
    await expect(next()).rejects.toThrow('reset');
  });

  test('ends when what it has was given', async () => {
    const { source, next } = createSource();
    source.take(records(0, 1));
    source.end();
    expect(await next()).toEqual([0]);
    await expect(next()).rejects.toThrow(SourceEnded);
  });

  test('lets a consumer go that has to stop', async () => {
    const { source } = createSource();
    const controller = new AbortController();
    const batch = source.nextBatch(controller.signal);
    controller.abort(new Error('stop'));
    await expect(batch).rejects.toThrow('stop');
  });
});
