import { expect, test } from 'vitest';
import { RepeatedLines } from '../../src/kafka/repeated-lines.ts';

test('says a thing at once, then once in a while with how often it was left out; others on their own', () => {
  let now = 0;
  const lines = new RepeatedLines(60_000, () => now);
  expect(lines.admit('a')).toEqual({ leftOut: 0 });
  now = 59_999;
  expect(lines.admit('a')).toBeNull();
  expect(lines.admit('a')).toBeNull();
  expect(lines.admit('b')).toEqual({ leftOut: 0 });
  now = 60_000;
  expect(lines.admit('a')).toEqual({ leftOut: 2 });
  expect(lines.admit('a')).toBeNull();
});

test('remembers a bounded number of things', () => {
  const lines = new RepeatedLines(60_000, () => 0);
  for (let index = 0; index < 1_000; index++) lines.admit(`text ${index}`);
  expect(lines.admit('text 0')).toEqual({ leftOut: 0 });
});
