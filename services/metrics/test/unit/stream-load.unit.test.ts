import { expect, test } from 'vitest';
import { createStreamLoad } from '../../src/consume/stream-load.ts';

test('the stream is behind for a second after each large batch', () => {
  let now = 5_000;
  const load = createStreamLoad(() => now);
  expect(load.isBehind()).toBe(false);
  load.noteBatch(199);
  expect(load.isBehind()).toBe(false);
  load.noteBatch(200);
  now += 999;
  expect(load.isBehind()).toBe(true);
  load.noteBatch(1);
  now += 1;
  expect(load.isBehind()).toBe(false);
});
