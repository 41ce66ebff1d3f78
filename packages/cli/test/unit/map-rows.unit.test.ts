import { describe, expect, test } from 'vitest';
import { compileMapping } from '../../src/core/compile-mapping.ts';
import type { Mapping } from '../../src/core/mapping-schema.ts';
import type { Row } from '../../src/core/position.ts';
import { batchesOf } from '../../src/replay/map-rows.ts';

const mapping: Mapping = {
  format: { type: 'jsonl' },
  group: { by: ['basket'] },
  touchpoint: { type: 'track', id: '{basket}', amount: { $sum: 'amount' } },
};

async function* brokenAfter(baskets: readonly string[]): AsyncGenerator<Row> {
  for (const [index, basket] of baskets.entries()) {
    yield { fields: { basket, amount: 1 }, end: { bytes: index, lines: index, rows: index + 1 } };
  }
  throw new Error('the file is cut off');
}

describe('batches of a file that cannot be read to its end', () => {
  test('have every whole group before that place, and not the one it may have cut', async () => {
    const ids: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { items } of batchesOf(
        brokenAfter(['a', 'a', 'b', 'c']),
        mapping,
        compileMapping(mapping),
      ))
        ids.push(...items.map(({ id }) => id));
    };
    await expect(read()).rejects.toThrow('cut off');
    expect(ids).toEqual(['a', 'b']);
  });
});
