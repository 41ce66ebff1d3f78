/** What changed about days that were closed: changes of a series in one hour, as spans of days with one amount each. */
import type { ReportingCalendar } from './calendar.ts';

export interface SeriesChangeOfHour {
  /** ms since 1970, of its beginning */
  hour: number;
  cause: string;
  day: number;
  /** Change of the step from the day before to this day. */
  amount: number;
}

export interface Restatement {
  hour: number;
  cause: string;
  from: number;
  /** Included. */
  to: number;
  /** How much the figure is higher on each of these days. */
  change: number;
}

/**
 * @param changes of one series, ordered by hour, cause and day, each hour complete
 * @param range days that are asked for; days that were open in the hour are left out
 */
export function restatementsOf(
  changes: readonly SeriesChangeOfHour[],
  calendar: ReportingCalendar,
  range: { from: number; to: number },
): Restatement[] {
  const found: Restatement[] = [];
  let total = 0;
  changes.forEach((change, index) => {
    const { hour, cause } = change;
    const before = changes[index - 1];
    if (before === undefined || before.hour !== hour || before.cause !== cause) total = 0;
    total += change.amount;
    if (total === 0) return;
    const next = changes[index + 1];
    const continues = next !== undefined && next.hour === hour && next.cause === cause;
    const lastDay = continues ? next.day - 1 : Number.POSITIVE_INFINITY;
    const from = Math.max(change.day, range.from);
    const to = Math.min(lastDay, range.to, lastClosedDay(hour, calendar));
    if (from <= to) found.push({ hour, cause, from, to, change: total });
  });
  return found;
}

/** The last day that was closed when the hour began. */
function lastClosedDay(hour: number, calendar: ReportingCalendar): number {
  let day = calendar.dayOf(hour);
  while (calendar.closeOf(day) > hour) day -= 1;
  return day;
}
