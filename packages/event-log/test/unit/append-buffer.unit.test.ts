import { AppError } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { AppendBuffer } from '../../src/append-buffer.ts';
import type { PartitionRecords } from '../../src/partition-records.ts';

/** A flush that the test lets continue. */
function createBuffer() {
  const flushes: { parts: PartitionRecords[]; settle: (error?: Error) => void }[] = [];
  const buffer = new AppendBuffer({
    lingerMs: 0,
    maxPartBytes: 1_000_000,
    flush: (parts) =>
      new Promise((resolve, reject) => {
        flushes.push({ parts, settle: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  });
  return { buffer, flushes };
}

const part = (partition: number, ...values: string[]) => [
  { topic: 't', partition, records: values.map((value) => ({ key: 'k', value })) },
];
const append = (buffer: AppendBuffer, parts: PartitionRecords[]) =>
  buffer.append(
    parts,
    parts.flatMap(({ records }) => records).reduce((sum, { value }) => sum + value.length, 0),
  );
const valuesOf = (parts: PartitionRecords[]) =>
  parts.map(({ partition, records }) => [partition, ...records.map((record) => record.value)]);

describe('AppendBuffer', () => {
  test('gathers what comes while a flush is under way, and sorts it by partition, each in its order', async () => {
    const { buffer, flushes } = createBuffer();
    const first = append(buffer, part(1, 'a'));
    await expect.poll(() => flushes.length).toBe(1);
    const others = [
      append(buffer, part(1, 'b')),
      append(buffer, part(0, 'c')),
      append(buffer, part(1, 'd', 'e')),
    ];
    expect(flushes).toHaveLength(1);
    flushes[0]?.settle();
    await first;
    await expect.poll(() => flushes.length).toBe(2);
    expect(valuesOf(flushes[1]?.parts ?? [])).toEqual([
      [0, 'c'],
      [1, 'b', 'd', 'e'],
    ]);
    flushes[1]?.settle();
    await Promise.all(others);
  });

  test('fails every append of a flush that fails, with the cause, and continues', async () => {
    const { buffer, flushes } = createBuffer();
    const cause = new Error('connection lost');
    const failing = [append(buffer, part(0, 'a')), append(buffer, part(1, 'b'))];
    const outcomes = Promise.allSettled(failing);
    await expect.poll(() => flushes.length).toBe(1);
    flushes[0]?.settle(cause);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'log_unavailable', cause } });
      expect(outcome.status === 'rejected' && outcome.reason instanceof AppError).toBe(true);
    }
    const next = append(buffer, part(0, 'c'));
    await expect.poll(() => flushes.length).toBe(2);
    flushes[1]?.settle();
    await next;
  });

  test('splits what is larger than a part, and leaves a single large record whole', async () => {
    const { buffer, flushes } = createBuffer();
    const sizes = [400_000, 400_000, 400_000, 3_000_000];
    const appended = append(buffer, part(0, ...sizes.map((size) => 'x'.repeat(size))));
    await expect.poll(() => flushes.length).toBe(1);
    expect(flushes[0]?.parts.map(({ records }) => records.map((record) => record.value.length))).toEqual([
      [400_000, 400_000],
      [400_000],
      [3_000_000],
    ]);
    flushes[0]?.settle();
    await appended;
  });

  test('settles what it has accepted before it closes', async () => {
    const { buffer, flushes } = createBuffer();
    const appended = append(buffer, part(0, 'a'));
    const closed = buffer.close();
    await expect(append(buffer, part(0, 'b'))).rejects.toMatchObject({ code: 'log_unavailable' });
    await expect.poll(() => flushes.length).toBe(1);
    flushes[0]?.settle();
    await Promise.all([appended, closed]);
  });
});
