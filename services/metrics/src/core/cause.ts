/** Why figures change. Beside the causes of membership changes, a touchpoint is on time or late. */
import type { MembershipCause } from '@throughline/contracts';
import type { ReportingCalendar } from './calendar.ts';

export type ChangeCause = 'touchpoint' | 'late_touchpoint' | 'amended_receipt' | MembershipCause;

export interface Change {
  cause: ChangeCause;
  /** The late touchpoint, or the touchpoint or decision behind a membership change. Null where there are too many to name. */
  reason: string | null;
}

export const onTime: Change = { cause: 'touchpoint', reason: null };
export const late: Change = { cause: 'late_touchpoint', reason: null };
/** A refund, a void or a cancellation changes what another day counts of its sale. */
export const amended: Change = { cause: 'amended_receipt', reason: null };

/** Late is what was received after the day on which it occurred was closed. */
export function isLate(fact: { day: number; receivedAt: number }, calendar: ReportingCalendar): boolean {
  return fact.receivedAt > calendar.closeOf(fact.day);
}
