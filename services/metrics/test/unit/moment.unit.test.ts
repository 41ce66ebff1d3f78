import { expect, test } from 'vitest';
import { compareMoments } from '../../src/core/moment.ts';

test('ties between touchpoints are broken by time, then source, then id', () => {
  const first = { at: 1, source: 'a', id: 'x' };
  expect(compareMoments(first, { ...first, at: 2 })).toBeLessThan(0);
  expect(compareMoments(first, { ...first, source: 'b', id: 'a' })).toBeLessThan(0);
  expect(compareMoments(first, { ...first, id: 'y' })).toBeLessThan(0);
  expect(compareMoments(first, first)).toBe(0);
});
