import { describe, expect, test } from 'vitest';
import { LogOutage } from '../../src/core/log-outage.ts';

const create = (): LogOutage => new LogOutage({ holdMs: 1_000, patienceMs: 10_000 });

describe('the log', () => {
  test('is there before anything is appended', () => {
    expect(create().isAway(0)).toBe(false);
  });

  test('is away for a while after an append failed, and is then tried again', () => {
    const outage = create();
    outage.end(outage.begin(0), 'failed', 100);
    expect(outage.isAway(100)).toBe(true);
    expect(outage.isAway(1_099)).toBe(true);
    expect(outage.isAway(1_100)).toBe(false);
  });

  test('is there as soon as something was written after a failure', () => {
    const outage = create();
    const other = outage.begin(0);
    outage.end(outage.begin(0), 'failed', 100);
    outage.end(other, 'written', 200);
    expect(outage.isAway(200)).toBe(false);
  });

  test('is away while an append waits and nothing is written, until one is written', () => {
    const outage = create();
    outage.begin(0);
    expect(outage.isAway(10_000)).toBe(false);
    expect(outage.isAway(10_001)).toBe(true);
    const later = outage.begin(11_000);
    expect(outage.isAway(12_000)).toBe(true);
    outage.end(later, 'written', 13_000);
    expect(outage.isAway(13_000)).toBe(false);
    expect(outage.isAway(23_001)).toBe(true);
  });

  test('is not away while it writes, however long one append takes', () => {
    const outage = create();
    outage.begin(0);
    for (let at = 1_000; at < 60_000; at += 1_000) {
      outage.end(outage.begin(at), 'written', at + 500);
      expect(outage.isAway(at + 999)).toBe(false);
    }
  });

  test('is not away because this process refused an append', () => {
    const outage = create();
    outage.end(outage.begin(0), 'refused', 1);
    expect(outage.isAway(2)).toBe(false);
  });
});
