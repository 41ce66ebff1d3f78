/** Lifecycle by calendar period, and stickiness, derived exactly from the changes of three series by day. */
import { nextPeriod, startOfPeriod, type Period } from './period.ts';

/** Changes by day of the series of an activity. */
export interface LifecycleChanges {
  first: readonly DayChange[];
  returning: readonly DayChange[];
  resurrecting: readonly DayChange[];
}

export interface DayChange {
  day: number;
  amount: number;
}

export interface LifecyclePeriod {
  start: number;
  /** new + returning + resurrecting */
  active: number;
  new: number;
  returning: number;
  resurrecting: number;
  /** Active in the period before and not in this one. */
  dormant: number;
  /** Not over yet. */
  partial: boolean;
}

export interface PeriodQuestion {
  /** The periods that hold the two days, and those between, are whole. */
  from: number;
  to: number;
  period: Period;
  weekStart: string;
  today: number;
}

/** The first day of which changes are needed: of the period before the first one. */
export function firstLifecycleDay({ from, period, weekStart }: PeriodQuestion): number {
  return startOfPeriod(startOfPeriod(from, period, weekStart) - 1, period, weekStart);
}

/** The last day of the last period. */
export function lastDayOf({ to, period, weekStart }: PeriodQuestion): number {
  return nextPeriod(startOfPeriod(to, period, weekStart), period) - 1;
}

export function reportLifecycle(
  { first, returning, resurrecting }: LifecycleChanges,
  question: PeriodQuestion,
): LifecyclePeriod[] {
  const { from, to, period, weekStart, today } = question;
  const sums = [first, returning, resurrecting].map((changes) => sumByPeriod(changes, period, weekStart));
  const on = (start: number) => sums.map((sum) => sum.get(start) ?? 0) as [number, number, number];
  const rows: LifecyclePeriod[] = [];
  const [one, two, three] = on(firstLifecycleDay(question));
  let activeBefore = one + two + three;
  for (let start = startOfPeriod(from, period, weekStart); start <= to; start = nextPeriod(start, period)) {
    const [fresh, returned, resurrected] = on(start);
    const active = fresh + returned + resurrected;
    rows.push({
      start,
      active,
      new: fresh,
      returning: returned,
      resurrecting: resurrected,
      dormant: activeBefore - returned,
      partial: nextPeriod(start, period) > today,
    });
    activeBefore = active;
  }
  return rows;
}

/** Amounts by the first days of periods. */
export function sumByPeriod(
  changes: readonly DayChange[],
  period: Period,
  weekStart: string,
): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { day, amount } of changes) {
    const start = startOfPeriod(day, period, weekStart);
    sums.set(start, (sums.get(start) ?? 0) + amount);
  }
  return sums;
}
