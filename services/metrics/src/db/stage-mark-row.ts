/** A stage mark as a row has it. */
import type { StageMark } from '../core/stage-mark.ts';

export type StageMarkRow = Omit<StageMark, 'at'> & { at: Date };

export function toStageMark({ stage, at, source, id }: StageMarkRow): StageMark {
  return { stage, at: at.getTime(), source, id };
}
