import { describe, expect, test } from 'vitest';
import { createBulkPace } from '../../src/consumer-loop/bulk-pace.ts';

function startPace() {
  let now = 0;
  const pace = createBulkPace(1_000, () => now);
  return { pace, wait: (ms: number) => (now += ms) };
}

describe('the pace of bulk traffic', () => {
  test('is what the consumer takes at all while no single requests come, however long that lasts', () => {
    const { pace } = startPace();
    pace.note('bulk', 1_000, 5_000);
    expect(pace.maxCount()).toBe(1_000);
  });

  test('is what takes a twentieth of a second while single requests come, and for a time after', () => {
    const { pace, wait } = startPace();
    pace.note('bulk', 1_000, 250);
    pace.note('interactive', 1, 5);
    expect(pace.maxCount()).toBe(200);
    wait(1_000);
    expect(pace.maxCount()).toBe(200);
    wait(1);
    expect(pace.maxCount()).toBe(1_000);
  });

  test('is kept for a request that came while a bulk transaction of seconds ran, on a busy machine', () => {
    const { pace, wait } = startPace();
    wait(500);
    pace.noteArrival();
    wait(2_500);
    pace.note('bulk', 1_000, 3_000);
    expect(pace.maxCount()).toBe(100);
    wait(3_500);
    expect(pace.maxCount()).toBe(100);
    wait(1);
    expect(pace.maxCount()).toBe(1_000);
  });

  test('never falls to transactions that consist of their fixed cost', () => {
    const { pace } = startPace();
    pace.note('interactive', 1, 5);
    pace.note('bulk', 200, 60_000);
    expect(pace.maxCount()).toBe(100);
  });

  test('rises again when transactions are short, up to what the consumer takes', () => {
    const { pace } = startPace();
    pace.note('interactive', 1, 5);
    pace.note('bulk', 1_000, 4_000);
    for (const count of [100, 200, 400, 800]) {
      expect(pace.maxCount()).toBe(count);
      pace.note('bulk', count, 20);
    }
    expect(pace.maxCount()).toBe(1_000);
  });
});
