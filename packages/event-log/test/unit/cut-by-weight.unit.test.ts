import { describe, expect, test } from 'vitest';
import { cutByWeight } from '../../src/consumer-loop/cut-by-weight.ts';

const weightOf = (weight: number) => weight;
const cut = (weights: number[], maxWeight: number, maxCount = () => 1_000) => [
  ...cutByWeight(weights, { maxWeight, maxCount }, weightOf),
];

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

  test('is cut by the number of items that holds when its part begins', () => {
    const counts = [3, 1, 2];
    expect(cut([1, 1, 1, 1, 1, 1], 10, () => counts.shift() ?? 0)).toEqual([[1, 1, 1], [1], [1, 1]]);
  });
});
