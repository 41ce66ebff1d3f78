import { describe, expect, test } from 'vitest';
import { decideAttempt, forgiveAttempt, isAlone, isExhausted } from '../../src/consumer-loop/attempt.ts';

const batch = { offset: 70, endOffset: 90 };

/** Begins the same batch or record again and again. */
const begin = (times: number, place: typeof batch, from?: ReturnType<typeof decideAttempt>) =>
  Array.from({ length: times }).reduce<typeof from>((attempt) => decideAttempt(attempt, place), from);

describe('attempts at a batch', () => {
  test('are not alone while the batch moves on, however often a partition is claimed', () => {
    let attempt = decideAttempt(undefined, batch);
    for (let offset = 71; offset < 90; offset++) attempt = decideAttempt(attempt, { offset, endOffset: 90 });
    expect(attempt).toEqual({ offset: 89, count: 1, isolateBelow: 89 });
    expect(isAlone(attempt)).toBe(false);
  });

  test('isolate its records when three did not finish', () => {
    expect(isAlone(begin(3, batch)!)).toBe(false);
    const fourth = begin(4, batch)!;
    expect(fourth).toEqual({ offset: 70, count: 1, isolateBelow: 90 });
    const next = decideAttempt(fourth, { offset: 71, endOffset: 90 });
    expect(next).toEqual({ offset: 71, count: 1, isolateBelow: 90 });
    expect(isAlone(decideAttempt(next, { offset: 90, endOffset: 120 }))).toBe(false);
  });

  test('are exhausted when a record alone was begun three times', () => {
    const isolated = begin(4, batch);
    expect(isExhausted(begin(2, batch, isolated)!)).toBe(false);
    expect(isExhausted(begin(3, batch, isolated)!)).toBe(true);
    expect(isExhausted(begin(3, batch)!)).toBe(false);
  });

  test('do not count when they are forgiven', () => {
    let attempt = begin(3, batch)!;
    for (let time = 0; time < 10; time++) attempt = decideAttempt(forgiveAttempt(attempt), batch);
    expect(attempt).toEqual({ offset: 70, count: 3, isolateBelow: 70 });
  });

  test('of a log that was created again isolate nothing', () => {
    const isolated = begin(4, batch);
    expect(isAlone(decideAttempt(isolated, { offset: 5, endOffset: 10 }))).toBe(false);
  });
});
