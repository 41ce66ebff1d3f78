import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createMutex } from '../../src/index.ts';

test('lets one work at a time, in order, though one of them fails', async () => {
  const runExclusive = createMutex();
  const seen: string[] = [];
  const work = (name: string, fails = false) =>
    runExclusive(async () => {
      seen.push(`${name} begins`);
      await tick();
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
