import { describe, expect, test } from 'vitest';
import { AppendLanes, type AppendLane } from '../../src/append-lanes.ts';

/** Flushes that the test lets continue. */
function createLanes(maxBytes = 100_000_000) {
  const flushes: { lane: AppendLane; values: number[]; settle: () => void }[] = [];
  const lanes = new AppendLanes({
    lingerMs: 0,
    maxBytes,
    maxPartBytes: 1_000_000,
    flush: (lane, parts) =>
      new Promise((resolve) => {
        const values = parts.flatMap(({ records }) => records.map(({ value }) => value.length));
        flushes.push({ lane, values, settle: resolve });
      }),
  });
  return { lanes, flushes };
}

const part = (...lengths: number[]) => [
  { topic: 't', partition: 0, records: lengths.map((length) => ({ key: 'k', value: 'x'.repeat(length) })) },
];

describe('the lanes of an event log', () => {
  test('a small append does not wait for a large one that is being written', async () => {
    const { lanes, flushes } = createLanes();
    const large = lanes.append(part(500_000));
    await expect.poll(() => flushes.length).toBe(1);
    const small = lanes.append(part(100));
    await expect.poll(() => flushes.map(({ lane }) => lane)).toEqual(['large', 'small']);
    flushes[1]?.settle();
    await small;
    flushes[0]?.settle();
    await large;
  });

  test('what must stay in order is in one lane, whatever its size', async () => {
    const { lanes, flushes } = createLanes();
    const appends = [lanes.appendInOrder(part(500_000)), lanes.appendInOrder(part(1))];
    await expect.poll(() => flushes.length).toBe(1);
    flushes[0]?.settle();
    await appends[0];
    appends.push(lanes.appendInOrder(part(2)));
    if (flushes[0]?.values.length === 1) {
      await expect.poll(() => flushes.length).toBe(2);
      flushes[1]?.settle();
    }
    await appends[1];
    await expect.poll(() => flushes.at(-1)?.values.at(-1)).toBe(2);
    flushes.at(-1)?.settle();
    await Promise.all(appends);
    expect(flushes.flatMap(({ values }) => values)).toEqual([500_000, 1, 2]);
    expect(new Set(flushes.map(({ lane }) => lane))).toEqual(new Set(['large']));
  });

  test('a write is cut where it becomes long, and the rest follows it', async () => {
    const { lanes, flushes } = createLanes();
    const appends = Array.from({ length: 5 }, () => lanes.append(part(900_000)));
    await expect.poll(() => flushes.length).toBe(1);
    flushes[0]?.settle();
    await expect.poll(() => flushes.length).toBe(2);
    for (const { values } of flushes) expect(values.length).toBeLessThan(4);
    for (let index = 1; index < 5; index++) {
      flushes[index]?.settle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect
      .poll(() => {
        flushes.at(-1)?.settle();
        return flushes.flatMap(({ values }) => values).length;
      })
      .toBe(5);
    await Promise.all(appends);
  });

  test('refuses what does not fit any more, as overloaded, and takes it again when there is space', async () => {
    const { lanes, flushes } = createLanes(1_000);
    const first = lanes.append(part(900));
    await expect(lanes.append(part(200))).rejects.toMatchObject({ code: 'overloaded' });
    await expect.poll(() => flushes.length).toBe(1);
    await expect(lanes.appendInOrder(part(200))).rejects.toMatchObject({ code: 'overloaded' });
    flushes[0]?.settle();
    await first;
    const again = lanes.append(part(200));
    await expect.poll(() => flushes.length).toBe(2);
    flushes[1]?.settle();
    await again;
  });
});
