import { describe, expect, test } from 'vitest';
import { cutIntoBlocks, decodeBlock, encodeBlock } from '../../src/db/touchpoint-block.ts';

const recordOf = (length: number) => ({ text: 'x'.repeat(length) });

describe('a block of records', () => {
  test('gives back the texts that it was made of', () => {
    const values = ['', 'ä \u{1F600}', '\u001e\u0000', { 'a\n"': [1.5, null, true] }, 'x'.repeat(100_000)];
    const texts = values.map((value) => JSON.stringify(value));
    expect(decodeBlock(encodeBlock(texts))).toEqual(texts);
    for (const text of texts) expect(decodeBlock(encodeBlock([text]))).toEqual([text]);
  });

  test('holds 32 records, or 64 KiB, or a single larger one', () => {
    const sizes = (lengths: number[]) => cutIntoBlocks(lengths.map(recordOf)).map(({ length }) => length);
    expect(sizes([])).toEqual([]);
    expect(sizes(Array.from({ length: 70 }, () => 10))).toEqual([32, 32, 6]);
    expect(sizes([40_000, 30_000, 30_000, 70_000, 1])).toEqual([1, 2, 1, 1]);
  });

  test('keeps the order of its batch', () => {
    const records = Array.from({ length: 70 }, (_, index) => ({ text: String(index) }));
    expect(cutIntoBlocks(records).flat()).toEqual(records);
  });
});
