import { describe, expect, test } from 'vitest';
import { applyCpu, applyStep, beginStart, describeStart, isStalled } from '../src/start-progress.ts';

const minute = 60_000;

describe('a start', () => {
  test('has stalled after a minute without a step and without work', () => {
    const state = beginStart(0);
    expect(isStalled([state], minute - 1, minute)).toBe(false);
    expect(isStalled([state], minute, minute)).toBe(true);
  });

  test('progresses with each step, and says since when it is at it', () => {
    const state = applyStep(beginStart(0), 'applies migrations', 50_000);
    expect(isStalled([state], minute, minute)).toBe(false);
    expect(describeStart('identity', state, 62_400)).toBe('identity applies migrations (12 s)');
  });

  test('progresses while its process uses the processor, at whatever step', () => {
    const state = applyCpu(beginStart(0), 1, 50_000);
    expect(isStalled([state], minute, minute)).toBe(false);
    expect(describeStart('identity', state, minute)).toBe('identity loads its code (60 s)');
  });

  test('has stalled when its process does no more than ask again and again', () => {
    let state = applyCpu(beginStart(0), 1, 0);
    for (let second = 1; second <= 60; second += 1)
      state = applyCpu(state, 1 + second * 0.005, second * 1_000);
    expect(isStalled([state], minute, minute)).toBe(true);
  });

  test('progresses slowly where a crowded machine gives its process a hundredth of a core', () => {
    let state = beginStart(0);
    for (let second = 1; second <= 120; second += 1) state = applyCpu(state, second * 0.01, second * 1_000);
    expect(isStalled([state], 2 * minute, minute)).toBe(false);
  });

  test('begins at no CPU again when its process was started again', () => {
    const state = applyCpu(applyCpu(beginStart(0), 5, 1_000), 0.1, 2_000);
    expect(applyCpu(state, 0.7, 3_000).progressAt).toBe(3_000);
  });

  test('is not stalled while another one progresses, for which it may wait', () => {
    expect(isStalled([beginStart(0), beginStart(30_000)], minute, minute)).toBe(false);
  });
});
