/** What cohorts spent by period: for each customer of a cohort the sales of each period after it, one sale at a time. */
import { referencePurchase } from './activities.ts';
import { countedTouchpoints } from './activity-records.ts';
import { laterStart, type CohortOptions } from './cohorts.ts';
import { dayNumber } from './days.ts';
import { activePeriods, periodStartOf, periodStarts } from './lifecycle.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { referenceSales } from './sales.ts';
import { touchpointKey, type World } from './world.ts';

export interface ReferenceCohortRevenue {
  cohort: string;
  /** Net of refunds, one for each range; the first bucket is 0, the cohort's own period. */
  net: number[];
}

export function referenceCohortRevenue(
  world: World,
  resolved: ReferenceProfiles,
  { currency, ...options }: Omit<CohortOptions, 'activity'> & { currency: string },
): ReferenceCohortRevenue[] {
  const { startActivity, journeyMap, period, weekStart, mode, ranges, from, to, timeZone = 'UTC' } = options;
  const starts = activePeriods(world, resolved, { ...options, activity: startActivity });
  const counted = countedTouchpoints(world, resolved, journeyMap);
  const soldBy = new Map(
    [...starts.keys()].map((profile) => {
      const own = counted
        .filter((one) => one.profile === profile)
        .map(({ touchpoint }) => touchpointKey(touchpoint));
      const sales = referenceSales(world, resolved, {
        activity: referencePurchase,
        journeyMap,
        timeZone,
        only: new Set(own),
      });
      return [
        profile,
        sales
          .filter((sale) => sale.currency === currency && ['revenue', 'refunded'].includes(sale.measure))
          .map(({ day, amount }) => ({ start: periodStartOf(dayNumber(day), period, weekStart), amount })),
      ];
    }),
  );
  return periodStarts(period, weekStart, from, to).map((cohort) => {
    const members = [...starts].filter(([, own]) =>
      mode === 'first' ? [...own].toSorted()[0] === cohort : own.has(cohort),
    );
    const sales = members.flatMap(([profile]) => soldBy.get(profile) ?? []);
    const net = ranges.map((range) => {
      if (sales.length === 0) return 0;
      const first = laterStart(cohort, range.from, period, weekStart);
      const last = range.to === null ? null : laterStart(cohort, range.to, period, weekStart);
      return sales
        .filter(({ start }) => start >= first && (last === null || start <= last))
        .reduce((sum, { amount }) => sum + amount, 0);
    });
    return { cohort, net };
  });
}
