import { describe, expect, test } from 'vitest';
import { createLogger } from '../src/index.ts';
import { startClockCheck } from '../src/service/clock-check.ts';

const databaseTime = Date.UTC(2026, 4, 1);

/** A database whose clock stands, and a process clock that is `skewMs` ahead of it. */
async function startCheck(skewMs: number) {
  const events: string[] = [];
  let skew = skewMs;
  let isDown = false;
  const check = await startClockCheck({
    pool: {
      query: (() =>
        isDown
          ? Promise.reject(new Error('down'))
          : Promise.resolve({ rows: [{ at: databaseTime }] })) as never,
    },
    logger: createLogger({
      service: 'test',
      destination: { write: (line) => void events.push((JSON.parse(line) as { event: string }).event) },
    }),
    now: () => databaseTime + skew,
    intervalMs: 3_600_000,
  });
  await check.stop();
  return {
    check,
    events,
    setSkew: (ms: number) => (skew = ms),
    setDown: (down: boolean) => (isDown = down),
  };
}

describe('the clock check', () => {
  test.each([0, 900, -59_000, 60_000])('a clock that differs by %d ms is right', async (skewMs) => {
    const { check, events } = await startCheck(skewMs);
    expect(() => check.assertRight()).not.toThrow();
    expect(check.skewMs()).toBe(skewMs);
    expect(events).toEqual([]);
  });

  test.each([
    [75_000, '75 s ahead of'],
    [-7_200_000, '7200 s behind'],
  ])('a clock that differs by %d ms is refused, with a message that says how', async (skewMs, words) => {
    const { check, events } = await startCheck(skewMs);
    expect(() => check.assertRight()).toThrow(words);
    expect(() => check.assertRight()).toThrow(expect.objectContaining({ code: 'clock_skewed' }) as Error);
    expect(events).toEqual(['clock.skewed']);
  });

  test('recovers by itself once the clock is right', async () => {
    const { check, events, setSkew } = await startCheck(90_000);
    setSkew(0);
    await check.measure();
    expect(() => check.assertRight()).not.toThrow();
    expect(events).toEqual(['clock.skewed', 'clock.right']);
  });

  test('a database that does not answer changes nothing', async () => {
    const { check, events, setDown } = await startCheck(90_000);
    setDown(true);
    await check.measure();
    expect(() => check.assertRight()).toThrow('90 s');
    expect(events).toEqual(['clock.skewed', 'clock.unknown']);
  });
});
