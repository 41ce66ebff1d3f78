/** How often those who are active come back: of days within windows, and of days within calendar periods. */
import {
  reportLifecycle,
  sumByPeriod,
  type DayChange,
  type LifecycleChanges,
  type PeriodQuestion,
} from './lifecycle.ts';
import { nextPeriod } from './period.ts';
import type { SeriesValue } from './growth.ts';

export interface StickyDay {
  day: number;
  /** On the day itself. */
  activeOnDay: number;
  /** Within the window that ends with the day. */
  active: number;
  /** Sum of activeOnDay over the days of the window. */
  profileDays: number;
  /** activeOnDay / active; null without any. */
  ratio: number | null;
  /** profileDays / active; null without any. */
  daysPerProfile: number | null;
}

export interface StickyPeriod {
  start: number;
  /** In the period. */
  active: number;
  /** Days of the period that are over or running. */
  days: number;
  /** Sum of those active on each of the days. */
  profileDays: number;
  /** profileDays / (active * days); null without any. */
  ratio: number | null;
  /** profileDays / active; null without any. */
  daysPerProfile: number | null;
  partial: boolean;
}

/**
 * @param daily of the period `day`, from `window - 1` days before the first day on
 * @param active profiles active within the window, by the end of a day
 */
export function stickinessByDay(
  daily: LifecycleChanges,
  active: SeriesValue,
  { from, to, window }: { from: number; to: number; window: number },
): StickyDay[] {
  const onDay = sumByPeriod(allOf(daily), 'day', '');
  let profileDays = 0;
  for (let day = from - window + 1; day < from; day++) profileDays += onDay.get(day) ?? 0;
  const days: StickyDay[] = [];
  for (let day = from; day <= to; day++) {
    const activeOnDay = onDay.get(day) ?? 0;
    profileDays += activeOnDay;
    const inWindow = active(day);
    days.push({
      day,
      activeOnDay,
      active: inWindow,
      profileDays,
      ratio: ratioOf(activeOnDay, inWindow),
      daysPerProfile: ratioOf(profileDays, inWindow),
    });
    profileDays -= onDay.get(day - window + 1) ?? 0;
  }
  return days;
}

/** @param ofPeriod of the period asked for; `daily` of the period `day` */
export function stickinessByPeriod(
  ofPeriod: LifecycleChanges,
  daily: LifecycleChanges,
  question: PeriodQuestion,
): StickyPeriod[] {
  const { period, weekStart, today } = question;
  const byToday = (changes: LifecycleChanges): LifecycleChanges => ({
    first: changes.first.filter(({ day }) => day <= today),
    returning: changes.returning.filter(({ day }) => day <= today),
    resurrecting: changes.resurrecting.filter(({ day }) => day <= today),
  });
  const sums = sumByPeriod(allOf(byToday(daily)), period, weekStart);
  return reportLifecycle(byToday(ofPeriod), question).map(({ start, active, partial }) => {
    const days = Math.max(0, Math.min(nextPeriod(start, period), today + 1) - start);
    const profileDays = sums.get(start) ?? 0;
    const ratio = ratioOf(profileDays, active * days);
    return { start, active, days, profileDays, ratio, daysPerProfile: ratioOf(profileDays, active), partial };
  });
}

function allOf({ first, returning, resurrecting }: LifecycleChanges): DayChange[] {
  return [...first, ...returning, ...resurrecting];
}

function ratioOf(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}
