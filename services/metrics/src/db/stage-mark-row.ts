/** A stage mark as a row has it. */
import type { StageMark } from '../core/stage-mark.ts';

export type StageMarkRow = Omit<StageMark, 'at'> & { at: Date };

/** Of `metrics.stage_mark`. */
export const stageMarkColumns = 'day, stage, channel, occurred_at as at, source, touchpoint_id as id';

export function toStageMark({ stage, channel, at, source, id }: StageMarkRow): StageMark {
  return { stage, channel, at: at.getTime(), source, id };
}
