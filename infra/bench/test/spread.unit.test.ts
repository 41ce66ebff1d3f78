import { describe, expect, test } from 'vitest';
import { areApart, spreadOf } from '../src/compare/spread.ts';

describe('the spread of runs', () => {
  test('has the run in the middle, or the mean of the two that are', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, least: 10, most: 30 });
    expect(spreadOf([40, 10, 20, 30])).toEqual({ median: 25, least: 10, most: 40 });
  });

  test('is apart from another only when no run of the one is within the other', () => {
    expect(areApart(spreadOf([1, 2]), spreadOf([3, 4]))).toBe(true);
    expect(areApart(spreadOf([3, 4]), spreadOf([1, 2]))).toBe(true);
    expect(areApart(spreadOf([1, 3]), spreadOf([2, 4]))).toBe(false);
  });
});
