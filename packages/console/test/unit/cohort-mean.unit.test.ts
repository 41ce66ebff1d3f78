import { describe, expect, test } from 'vitest';
import { meanShares } from '../../app/pages/cohorts/cohort-mean.ts';

describe('the row of all cohorts', () => {
  test('weighs cohorts by their size, and leaves out buckets that are not over or have not begun', () => {
    const cohorts = [
      { cohort: '2026-01-01', size: 30, values: [30, 15, 6], partialFrom: null },
      { cohort: '2026-02-01', size: 10, values: [10, 1, 3], partialFrom: 2 },
      { cohort: '2026-03-01', size: 50, values: [50], partialFrom: null },
    ];
    expect(meanShares(cohorts, 3)).toEqual([16 / 40, 6 / 30, null]);
  });
});
