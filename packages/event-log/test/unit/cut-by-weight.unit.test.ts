import { describe, expect, test } from 'vitest';
import { cutByWeight } from '../../src/consumer-loop/cut-by-weight.ts';

const cut = (weights: number[], most: number) => cutByWeight(weights, most, (weight) => weight);

describe('a batch', () => {
  test('is cut where the next item would make it too heavy, in order', () => {
    expect(cut([3, 3, 4, 1, 9, 2], 10)).toEqual([[3, 3, 4], [1, 9], [2]]);
  });

  test('has an item that is too heavy alone', () => {
    expect(cut([1, 50, 1, 1], 10)).toEqual([[1], [50], [1, 1]]);
  });

  test('is whole without a limit, and no part when it is empty', () => {
    expect(cut([5, 5], Number.POSITIVE_INFINITY)).toEqual([[5, 5]]);
    expect(cut([], 10)).toEqual([]);
  });
});
