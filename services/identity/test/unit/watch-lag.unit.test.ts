import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchLag } from '../../src/watch-lag.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('the summary line says how many records wait, or nothing where that is not known', async () => {
  const gauges = new Map<string, () => number | null>();
  const counts = [
    () =>
      Promise.resolve(
        new Map([
          [0, 3],
          [1, 4],
        ]),
      ),
    () => Promise.reject(new Error('no database')),
  ];
  const stop = watchLag(
    () => counts.shift()?.() ?? Promise.resolve(new Map<number, number>()),
    { gauge: (name, read) => void gauges.set(name, read) },
    1_000,
  );
  const pending = () => gauges.get('pendingRecords')?.();
  expect(pending()).toBeNull();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(pending()).toBe(7);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(pending()).toBeNull();
  stop();
  expect(vi.getTimerCount()).toBe(0);
});
