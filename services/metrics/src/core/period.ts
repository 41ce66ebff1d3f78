/** Periods of the calendar, by their first days. */
export const periods = ['day', 'week', 'month'] as const;
export type Period = (typeof periods)[number];

export const weekDays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

const dayMs = 86_400_000;
/** 1970-01-01, day 0, was a Thursday. */
const weekDayOfDayZero = 3;

/** First day of the period that holds the day. @param weekStart one of `weekDays` */
export function startOfPeriod(day: number, period: Period, weekStart: string): number {
  if (period === 'day') return day;
  if (period === 'week') {
    const first = Math.max(
      0,
      weekDays.findIndex((name) => name === weekStart),
    );
    return day - modulo(day + weekDayOfDayZero - first, 7);
  }
  const date = new Date(day * dayMs);
  return day - date.getUTCDate() + 1;
}

/** First day of the period after the one that begins on the day. */
export function nextPeriod(start: number, period: Period): number {
  if (period === 'day') return start + 1;
  if (period === 'week') return start + 7;
  return startOfPeriod(start + 31, 'month', '');
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
