/** Whatever the seed, a week has everything that makes tills hard; what is tested with it would be tested with less otherwise. */
import { describe, expect, test } from 'vitest';
import {
  generateTillWeek,
  receiptKeyOf,
  seededRandom,
  tillZones,
  type TillReceipt,
} from '../../src/index.ts';

interface Reference {
  businessDay: string;
  sequence: number;
}

const registerOf = ({ store, register }: TillReceipt): string => `${store}:${register}`;

function ascends(values: readonly (string | number)[]): boolean {
  return values.every((value, index) => index === 0 || (values[index - 1] ?? value) <= value);
}

describe.each([1, 2, 3, 11])("a till's week of seed %i", (seed) => {
  const { uploads, lost, totals } = generateTillWeek(seededRandom(seed), Date.parse('2026-03-12T08:00:00Z'));
  const all = uploads.flat();

  test('is of four registers in two zones, one of them with a clock that is three hours off', () => {
    const registers = [...new Set(all.map(registerOf))].sort();
    expect(registers).toEqual(['Berlin:1', 'Berlin:2', 'Tokyo:1', 'Tokyo:2']);
    expect(Object.keys(totals).sort()).toEqual(registers);
    expect(new Set(Object.values(tillZones.stores).map(({ timeZone }) => timeZone)).size).toBe(2);
    const shown = new Map(all.map((receipt) => [registerOf(receipt), String(receipt['registerTime'])]));
    const offMs =
      Date.parse(`${shown.get('Berlin:2') ?? ''}Z`) - Date.parse(`${shown.get('Berlin:1') ?? ''}Z`);
    expect(offMs).toBe(3 * 3_600_000);
  });

  test('is uploaded out of order and in part twice, the day that a register was offline last', () => {
    expect(ascends(uploads.map(([receipt]) => receipt?.businessDay ?? ''))).toBe(false);
    expect(uploads.some((upload) => !ascends(upload.map(({ sequence }) => sequence)))).toBe(true);
    expect(new Set(all.map(receiptKeyOf)).size).toBeLessThan(all.length);
    const offline = uploads.at(-1) ?? [];
    expect(new Set(offline.map((one) => `${registerOf(one)} ${one.businessDay}`))).toEqual(
      new Set(['Tokyo:2 2026-03-04']),
    );
  });

  test('lacks a number of each register and day', () => {
    const seen = new Set(all.map(receiptKeyOf));
    expect(Object.keys(lost)).toHaveLength(4 * 7);
    for (const [key, numbers] of Object.entries(lost)) {
      expect(numbers).toHaveLength(1);
      for (const number of numbers) expect(seen.has(`${key}:${number}`)).toBe(false);
    }
  });

  test('begins with the void of a receipt that comes later, and has refunds of the week after, training and cancellations', () => {
    const [first] = uploads[0] as [TillReceipt];
    expect(first['kind']).toBe('void');
    const { businessDay, sequence } = first['voidOf'] as Reference;
    const voided = `${registerOf(first)}:${businessDay}:${sequence}`;
    expect(uploads.findIndex((upload) => upload.some((one) => receiptKeyOf(one) === voided))).toBeGreaterThan(
      0,
    );
    const late = all.filter((one) => one['kind'] === 'refund' && one.businessDay > '2026-03-08');
    expect(new Set(late.map(registerOf)).size).toBe(4);
    expect(all.some((one) => one['training'] === true)).toBe(true);
    expect(all.some((one) => one['kind'] === 'cancellation')).toBe(true);
  });
});
