import { describe, expect, test } from 'vitest';
import { findRecordAges } from '../../src/kafka/find-record-ages.ts';

/** A log whose record at each index was appended so many milliseconds ago, oldest first. */
function logOf(agesByPartition: Record<number, number[]>) {
  const asked: number[] = [];
  const offsetsAt = (ageMs: number) => {
    asked.push(ageMs);
    const offsets = Object.entries(agesByPartition).map(([partition, ages]) => {
      const first = ages.findIndex((age) => age <= ageMs);
      return [Number(partition), first === -1 ? ages.length : first] as const;
    });
    return Promise.resolve(new Map(offsets));
  };
  return { asked, offsetsAt };
}

describe('the age of a record', () => {
  test.each([0, 999, 1_500, 8_000, 61_000, 3_600_000, 604_800_000])(
    'of %i ms is found to a tenth, never above',
    async (age) => {
      const { offsetsAt, asked } = logOf({ 0: [age + 5_000_000, age, 0] });
      const found = await findRecordAges(offsetsAt, [{ partition: 0, offset: 1 }]);
      const [atLeast = -1] = [...found.values()];
      expect(atLeast).toBeLessThanOrEqual(age);
      expect(atLeast).toBeGreaterThanOrEqual(age < 1_000 ? 0 : age / 1.1 - 1);
      expect(asked.length).toBeLessThan(30);
    },
  );

  test('is found for many partitions with shared questions', async () => {
    const { offsetsAt, asked } = logOf({ 0: [9_000], 1: [100], 2: [9_100], 3: [9_050] });
    const records = [0, 1, 2, 3].map((partition) => ({ partition, offset: 0 }));
    const found = await findRecordAges(offsetsAt, records);
    expect(records.map((record) => found.get(record))).toEqual([8_724, 0, 8_724, 8_724]);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(10);
  });

  test('ends for a record that was there before all that brokers know', async () => {
    const found = await findRecordAges(
      () => Promise.resolve(new Map([[0, 10]])),
      [{ partition: 0, offset: 0 }],
    );
    expect([...found.values()][0]).toBeGreaterThan(40 * 86_400_000);
  });
});
