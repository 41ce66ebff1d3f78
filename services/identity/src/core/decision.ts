import { compareText } from '@throughline/contracts';
/** Operators' decisions: merges, and splits, which separate what evidence would join. */

export interface Decision {
  id: string;
  kind: 'merge' | 'split';
  /** RFC 3339 UTC, milliseconds. */
  madeAt: string;
  /** Identifier ids: of a merge one list, of a split two. */
  sides: string[][];
}

export function compareNewestFirst(left: Decision, right: Decision): number {
  return compareText(right.madeAt, left.madeAt) || compareText(right.id, left.id);
}

export function namesIdentifier(decision: Decision, id: string): boolean {
  return decision.sides.some((side) => side.includes(id));
}
