/** The spans of time into which the history of the figures is divided: see `enterEpoch`, which stores them. */
import type { ReportingCalendar } from './calendar.ts';

export interface Epoch {
  /** Beginning of the quarter of an hour in which it began, by the clock of the reporting zone; ms since 1970. */
  quarter: number;
  /** Changes of this day and of days before it are restatements. */
  closedThrough: number;
  /** With the quarter of an hour, or earlier if a day closes; ms since 1970. */
  endsAt: number;
}

const quarterMs = 900_000;

/**
 * The epoch that begins now. A day that was closed stays closed, also when `THROUGHLINE_CLOSE_HOURS` was raised since.
 *
 * @param closedThrough of the epoch before; null for the first one
 */
export function nextEpoch(now: number, closedThrough: number | null, calendar: ReportingCalendar): Epoch {
  const lastClosed = calendar.lastClosedDay(now);
  const closed = Math.max(closedThrough ?? lastClosed, lastClosed);
  // Zones are half hours and quarters of an hour from UTC, so a day closes on a quarter of the zone's clock.
  const offset = calendar.offsetOf(now);
  const quarter = Math.floor((now + offset) / quarterMs) * quarterMs - offset;
  const nextClose = calendar.closeOf(closed + 1);
  const endsAt = Math.min(quarter + quarterMs, nextClose > now ? nextClose : Number.POSITIVE_INFINITY);
  return { quarter, closedThrough: closed, endsAt };
}
