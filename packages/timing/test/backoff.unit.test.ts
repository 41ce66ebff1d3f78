import { expect, test } from 'vitest';
import { backoffMs, jittered } from '../src/backoff.ts';

test('a wait doubles with each failure up to its limit', () => {
  const waits = [1, 2, 3, 4, 5, 2_000].map((failures) =>
    backoffMs({ firstMs: 30, longestMs: 200 }, failures),
  );
  expect(waits).toEqual([30, 60, 120, 200, 200, 200]);
});

test('a wait grows by the factor that is given', () => {
  const waits = [1, 2, 3].map((failures) => backoffMs({ firstMs: 7, longestMs: 100, factor: 4 }, failures));
  expect(waits).toEqual([7, 28, 100]);
});

test('jitter leaves at least half of a wait', () => {
  expect([0, 0.5, 0.999].map((chance) => jittered(1_000, chance))).toEqual([500, 750, 999.5]);
});
