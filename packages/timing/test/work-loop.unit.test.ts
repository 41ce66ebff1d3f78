import { expect, test } from 'vitest';
import { startWorkLoop } from '../src/index.ts';

const longRestMs = 3_600_000;

test('work that may have more is done again at once, until it rests', async () => {
  let pieces = 0;
  const loop = startWorkLoop(() => {
    pieces += 1;
    return Promise.resolve(pieces < 5 ? 0 : longRestMs);
  });
  await expect.poll(() => pieces).toBe(5);
  await loop.stop();
  expect(pieces).toBe(5);
});

test('a loop that rests is woken', async () => {
  let pieces = 0;
  const loop = startWorkLoop(() => {
    pieces += 1;
    return Promise.resolve(longRestMs);
  });
  await expect.poll(() => pieces).toBe(1);
  loop.wake();
  await expect.poll(() => pieces).toBe(2);
  await loop.stop();
});

test('a loop that is woken while it works does not rest afterwards', async () => {
  let pieces = 0;
  let finish = (): void => undefined;
  const loop = startWorkLoop(async () => {
    pieces += 1;
    if (pieces === 1) await new Promise<void>((resolve) => (finish = resolve));
    return longRestMs;
  });
  await expect.poll(() => pieces).toBe(1);
  loop.wake();
  finish();
  await expect.poll(() => pieces).toBe(2);
  await loop.stop();
});

test('stopping waits for the piece that is being done, and does no other', async () => {
  let finish = (): void => undefined;
  let pieces = 0;
  const loop = startWorkLoop(async () => {
    pieces += 1;
    await new Promise<void>((resolve) => (finish = resolve));
    return 0;
  });
  await expect.poll(() => pieces).toBe(1);
  let isStopped = false;
  const stopped = loop.stop().then(() => (isStopped = true));
  await Promise.resolve();
  expect(isStopped).toBe(false);
  finish();
  await stopped;
  expect(pieces).toBe(1);
});
