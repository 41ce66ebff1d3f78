import { describe, expect, test } from 'vitest';
import { maxBatchCharacters, measureBatch } from '../../src/measure-batch.ts';

const records = (...lengths: number[]) =>
  lengths.map((length, offset) => ({ offset, key: 'k', value: 'x'.repeat(length) }));

describe('a batch is as long as', () => {
  test('the number of records that a consumer asked for', () => {
    expect(measureBatch(records(1, 1, 1), 2)).toBe(2);
    expect(measureBatch(records(1), 2)).toBe(1);
  });

  test('the characters that a handler may hold', () => {
    const third = Math.floor(maxBatchCharacters / 3);
    expect(measureBatch(records(third, third, third), 100)).toBe(2);
  });

  test('one record, if that alone is larger', () => {
    expect(measureBatch(records(maxBatchCharacters + 1, 1), 100)).toBe(1);
  });
});
