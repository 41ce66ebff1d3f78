/** The night in which a process verifies by itself. */
import type { ReportingCalendar } from './calendar.ts';

const hourMs = 3_600_000;
/** Of the reporting zone's clock. */
const firstHour = 3;
const lastHour = 6;

/** The day whose small hours it is; null outside of them. @param instant ms since 1970 */
export function nightOf(instant: number, { dayOf }: Pick<ReportingCalendar, 'dayOf'>): number | null {
  const day = dayOf(instant);
  const begun = dayOf(instant - firstHour * hourMs) === day;
  const over = dayOf(instant - lastHour * hourMs) === day;
  return begun && !over ? day : null;
}
