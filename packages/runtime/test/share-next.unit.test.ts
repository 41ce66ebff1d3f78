import { describe, expect, test } from 'vitest';
import { shareNext } from '../src/index.ts';

describe('shareNext', () => {
  test('callers that ask during a measurement share the next one, and one runs at a time', async () => {
    const settle: (() => void)[] = [];
    const measure = shareNext(
      () => new Promise<number>((resolve) => void settle.push(() => resolve(settle.length))),
    );
    const first = measure();
    const [second, third] = [measure(), measure()];
    expect(settle).toHaveLength(1);
    settle[0]?.();
    expect(await first).toBe(1);
    await Promise.resolve();
    expect(settle).toHaveLength(2);
    settle[1]?.();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    void measure();
    expect(settle).toHaveLength(3);
  });
});
