import { expect, test } from 'vitest';
import { differenceOf } from '../src/explain/counters.ts';

test('a difference has what grew, counts what is new from zero, and leaves out what stood still', () => {
  const before = new Map([
    ['grew', { calls: 1, rows: 5 }],
    ['stood', { calls: 2, rows: 2 }],
  ]);
  const after = new Map([
    ['grew', { calls: 4, rows: 5 }],
    ['stood', { calls: 2, rows: 2 }],
    ['new', { calls: 1, rows: 0 }],
  ]);
  expect([...differenceOf(after, before)]).toEqual([
    ['grew', { calls: 3, rows: 0 }],
    ['new', { calls: 1, rows: 0 }],
  ]);
});
