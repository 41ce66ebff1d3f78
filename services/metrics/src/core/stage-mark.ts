/** A stage-bearing touchpoint, as far as the figures need it: of each day the latest one gives the stage. */
import { compareMoments, type Moment } from './moment.ts';

export interface StageMark extends Moment {
  stage: string;
}

/** The later of the two by (time, source, id). */
export function laterMark(left: StageMark | null, right: StageMark | null): StageMark | null {
  if (left === null) return right;
  if (right === null) return left;
  return compareMoments(left, right) < 0 ? right : left;
}
