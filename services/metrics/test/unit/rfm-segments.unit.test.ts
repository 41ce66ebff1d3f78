import { describe, expect, test } from 'vitest';
import { segmentOf, sumSegments } from '../../src/core/rfm-segments.ts';

describe('the segment of three scores', () => {
  test.each([
    [5, 5, 5, 'Champions'],
    [5, 4, 4, 'Potential Loyalist'],
    [4, 1, 2, 'New Customers'],
    [3, 2, 3, 'Loyal Customers'],
    [3, 2, 1, 'About To Sleep'],
    [4, 1, 3, 'Promising'],
    [1, 3, 5, "Can't Lose Them"],
    [1, 5, 5, 'At Risk'],
    [1, 5, 3, 'Need Attention'],
    [1, 2, 3, 'Lost'],
    [5, 4, 1, 'Others'],
  ])('%i %i %i is the first that holds all of them: %s', (recency, frequency, monetary, segment) => {
    expect(segmentOf({ recency, frequency, monetary })).toBe(segment);
  });
});

test('segments sum their cells, those without customers too, and name others only where there are any', () => {
  const cell = { recency: 5, frequency: 5, monetary: 5, customers: 2, orders: 7, net: 900 };
  const segments = sumSegments([cell]);
  expect(segments).toHaveLength(10);
  expect(segments[0]).toEqual({ segment: 'Champions', customers: 2, orders: 7, net: 900 });
  expect(sumSegments([{ ...cell, frequency: 1, recency: 2, monetary: 5 }]).at(-1)?.segment).toBe('Others');
});
