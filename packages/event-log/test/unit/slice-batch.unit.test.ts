import { describe, expect, test } from 'vitest';
import { sliceBatch, type PartitionBatch } from '../../src/index.ts';

const batch: PartitionBatch = {
  topic: 't',
  partition: 0,
  records: [10, 12, 13, 14].map((offset) => ({ offset, key: '', value: '' })),
  fromOffset: 10,
  signal: new AbortController().signal,
};

describe('a part of a batch', () => {
  test('continues from where the part before it ends', () => {
    expect(sliceBatch(batch, batch.records.slice(0, 2))).toEqual({
      ...batch,
      records: batch.records.slice(0, 2),
    });
    expect(sliceBatch(batch, batch.records.slice(2)).fromOffset).toBe(13);
  });

  test('can be cut again', () => {
    const part = sliceBatch(batch, batch.records.slice(2));
    expect(sliceBatch(part, part.records.slice(0, 1)).fromOffset).toBe(13);
    expect(sliceBatch(part, part.records.slice(1)).fromOffset).toBe(14);
  });
});
