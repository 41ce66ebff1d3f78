import { expect, test } from 'vitest';
import { NoAnswerInTime, withTimeout } from '../src/with-timeout.ts';

test('work that settles in time gives its outcome, whether it succeeds or fails', async () => {
  expect(await withTimeout(Promise.resolve(7), 60_000, 'a count')).toBe(7);
  const failure = new Error('no such table');
  await expect(withTimeout(Promise.reject(failure), 60_000, 'a count')).rejects.toBe(failure);
});

test('work that never settles is given up with an error that names it', async () => {
  const { promise } = Promise.withResolvers<never>();
  const given = withTimeout(promise, 20, 'a count');
  await expect(given).rejects.toThrow(NoAnswerInTime);
  await expect(given).rejects.toThrow('a count: no answer in 0.02 s');
});
