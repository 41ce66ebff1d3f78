import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { summarizeDwell } from '../../src/core/dwell-histogram.ts';

describe('the lengths of spells', () => {
  test('have the quantiles and the mean of the spells one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 }), (lengths) => {
        const sorted = lengths.toSorted((left, right) => left - right);
        const counts = lengths.map((days) => ({ days, spells: 1 }));
        const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
        const summary = summarizeDwell(counts, 12);
        expect(summary).toMatchObject({ ended: lengths.length, longer: 0, median: at(0.5), p25: at(0.25) });
        expect(summary).toMatchObject({ p75: at(0.75), p90: at(0.9) });
        expect(summary.mean).toBeCloseTo(lengths.reduce((sum, days) => sum + days, 0) / lengths.length, 9);
        expect(summary.histogram.map(({ days }) => days)).toEqual([...new Set(sorted)]);
      }),
    );
  });

  test('beyond the longest are counted, and have neither a mean nor a quantile', () => {
    const summary = summarizeDwell(
      [
        { days: 3, spells: 2 },
        { days: 13, spells: 2 },
      ],
      12,
    );
    expect(summary).toMatchObject({ ended: 4, longer: 2, mean: null, median: 3, p75: null });
    expect(summarizeDwell([], 12)).toMatchObject({ ended: 0, mean: null, median: null, histogram: [] });
  });
});
