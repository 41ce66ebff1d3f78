import { compareText } from '@throughline/contracts';
/** The place of a touchpoint in time, with the tie-break that every rule of the figures shares. */

export interface Moment {
  /** occurredAt, ms since 1970 */
  at: number;
  source: string;
  /** of the touchpoint; unique per source */
  id: string;
}

/** Negative when `left` is earlier by (time, source, id). */
export function compareMoments(left: Moment, right: Moment): number {
  if (left.at !== right.at) return left.at - right.at;
  return compareText(left.source, right.source) || compareText(left.id, right.id);
}
