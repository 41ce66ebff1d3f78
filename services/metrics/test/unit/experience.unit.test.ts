import { describe, expect, test } from 'vitest';
import { effortOf, netPromoterOf, satisfactionOf } from '../../src/core/experience.ts';

describe('scores of experience', () => {
  test('give the promoters of 9 and 10 less the detractors of 0 to 6, with the interval of their difference', () => {
    const counts = [
      { score: 10, answers: 30 },
      { score: 9, answers: 20 },
      { score: 8, answers: 20 },
      { score: 7, answers: 10 },
      { score: 6, answers: 15 },
      { score: 0, answers: 5 },
    ];
    const { interval, ...rest } = netPromoterOf(counts);
    expect(rest).toEqual({ answers: 100, promoters: 50, passives: 30, detractors: 20, score: 30 });
    // The variance of an answer worth 1, 0 or -1, the long way.
    const variance = (50 * (1 - 0.3) ** 2 + 30 * 0.3 ** 2 + 20 * (1 + 0.3) ** 2) / 100;
    expect(interval?.low).toBeCloseTo(30 - 196 * Math.sqrt(variance / 100), 1);
    expect(interval?.high).toBeCloseTo(30 + 196 * Math.sqrt(variance / 100), 1);
    expect(netPromoterOf([])).toMatchObject({ answers: 0, score: null, interval: null });
    expect(netPromoterOf([{ score: 10, answers: 3 }])).toMatchObject({ score: 100, interval: { high: 100 } });
  });

  test('give the share of 4 and 5, whose interval is the one that Wilson tabulates, and the mean', () => {
    const { share, shareInterval, mean } = satisfactionOf([
      { score: 5, answers: 4 },
      { score: 4, answers: 4 },
      { score: 1, answers: 2 },
    ]);
    expect([share, mean]).toEqual([0.8, 3.8]);
    expect(shareInterval?.low).toBeCloseTo(0.4902, 4);
    expect(shareInterval?.high).toBeCloseTo(0.9433, 4);
    expect(satisfactionOf([])).toMatchObject({
      share: null,
      shareInterval: null,
      mean: null,
      meanInterval: null,
    });
  });

  test('give the mean of efforts within the scale, and no interval for a single one', () => {
    const { mean, interval } = effortOf([
      { score: 1, answers: 1 },
      { score: 3, answers: 1 },
    ]);
    expect(mean).toBe(2);
    expect(interval).toEqual({ low: 1, high: expect.closeTo(3.96, 2) as number });
    expect(effortOf([{ score: 7, answers: 1 }])).toEqual({ answers: 1, mean: 7, interval: null });
  });
});
