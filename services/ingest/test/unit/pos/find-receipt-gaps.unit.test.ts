import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findReceiptGaps, numberAfter, type NumberRange } from '../../../src/core/pos/find-receipt-gaps.ts';

const range = (from: number, to: number): NumberRange => ({ from, to });

function rangesOf(numbers: readonly number[]): NumberRange[] {
  const ranges: NumberRange[] = [];
  for (const number of [...new Set(numbers)].toSorted((left, right) => left - right)) {
    const open = ranges.at(-1);
    if (open?.to === number - 1) open.to = number;
    else ranges.push(range(number, number));
  }
  return ranges;
}

describe('missing receipt numbers', () => {
  test('are those between the smallest and the largest, where nothing is known of the ends', () => {
    expect(findReceiptGaps([range(10, 12), range(15, 20)], undefined, null)).toEqual({
      missing: [range(13, 14)],
      first: 10,
      last: 20,
    });
  });

  test('begin with the first number of the day, where that is known', () => {
    expect(findReceiptGaps([range(3, 9)], { days: 'daily', first: 1 }, 1).missing).toEqual([range(1, 2)]);
    expect(findReceiptGaps([range(1, 9)], { days: 'daily', first: 1 }, 1).missing).toEqual([]);
  });

  test('are none where a register begins again after its largest number', () => {
    const numbering = { first: 1, last: 9_999 };
    expect(findReceiptGaps([range(1, 40), range(9_950, 9_999)], numbering, null)).toEqual({
      missing: [],
      first: 9_950,
      last: 40,
    });
  });

  test('are found on both sides of the place where the numbers begin again', () => {
    const numbering = { days: 'continuous' as const, first: 1, last: 9_999 };
    expect(findReceiptGaps([range(3, 40), range(9_950, 9_997)], numbering, 9_948)).toEqual({
      missing: [range(1, 2), range(9_948, 9_949), range(9_998, 9_999)],
      first: 9_950,
      last: 40,
    });
    // The day before ended with the largest number, and the first two of this day are missing.
    expect(findReceiptGaps([range(3, 40)], numbering, numberAfter(9_999, numbering)).missing).toEqual([
      range(1, 2),
    ]);
  });

  test('are none before a number of the day that came earlier than expected', () => {
    expect(findReceiptGaps([range(3, 40)], { days: 'continuous', first: 1 }, 20).missing).toEqual([]);
  });

  test('are exactly those that were taken out, wherever on the circle the day lies', () => {
    const size = 1_000;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: size }),
        fc.integer({ min: 3, max: 300 }),
        fc.array(fc.integer({ min: 1, max: 299 }), { maxLength: 40 }),
        (start, count, removed) => {
          const at = (index: number): number => ((start - 1 + index) % size) + 1;
          const gone = new Set(removed.filter((index) => index < count - 1));
          const kept = Array.from({ length: count }, (_value, index) => index).filter(
            (index) => !gone.has(index),
          );
          const { missing, first, last } = findReceiptGaps(
            rangesOf(kept.map(at)),
            { first: 1, last: size },
            null,
          );
          const found = missing.flatMap(({ from, to }) =>
            Array.from({ length: to - from + 1 }, (_value, index) => from + index),
          );
          expect([first, last]).toEqual([at(0), at(count - 1)]);
          expect(found.toSorted((a, b) => a - b)).toEqual([...gone].map(at).toSorted((a, b) => a - b));
        },
      ),
    );
  });
});
