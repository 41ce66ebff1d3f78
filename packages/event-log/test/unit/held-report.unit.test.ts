import { describe, expect, test } from 'vitest';
import { HeldReport } from '../../src/held-report.ts';

/** Positions that come and outbox rows that are sent, both as numbers that only grow. */
function sender() {
  let written = 0;
  let sent = 0;
  let fails = false;
  const report = new HeldReport<number>(() => {
    if (fails) return Promise.reject(new Error('no database'));
    const noted = written;
    return Promise.resolve(() => Promise.resolve(sent >= noted));
  });
  return {
    report,
    write: () => void (written += 1),
    send: (through = written) => void (sent = through),
    fail: (now: boolean) => void (fails = now),
    release: (...positions: number[]) => report.release(() => positions),
  };
}

describe('a held report', () => {
  test('is given at once where nothing follows, or all that follows is sent', async () => {
    expect(await new HeldReport<number>(undefined).release(() => [1])).toEqual([1]);
    expect(await sender().release(1, 2)).toEqual([1, 2]);
  });

  test('waits for what was written before it, not for what comes after', async () => {
    const { write, send, release } = sender();
    write();
    expect(await release(1)).toEqual([]);
    write();
    expect(await release(2)).toEqual([]);
    send(1);
    // The second is taken now, and its own rows are not sent.
    expect(await release(2)).toEqual([1]);
    send();
    expect(await release()).toEqual([2]);
  });

  test('is not lost, nor given too early, when it cannot be known what is unsent', async () => {
    const { write, send, fail, release } = sender();
    write();
    fail(true);
    expect(await release(1)).toEqual([]);
    await expect(release(2)).rejects.toThrow('no database');
    fail(false);
    expect(await release(2)).toEqual([]);
    send();
    expect(await release(2)).toEqual([1, 2]);
  });

  test('takes turns', async () => {
    const { release } = sender();
    expect(await Promise.all([release(1), release(2)])).toEqual([[1], [2]]);
  });
});
