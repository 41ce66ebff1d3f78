/** Occupancy of stages, and the transitions between them: what a profile adds to them on the days that its stage turns. */
import type { DayRange } from './change-range.ts';
import type { ProfileHistory } from './profile-history.ts';
import type { EmitChange, SeriesCatalog } from './series.ts';
import { createStageSteps } from './stage-steps.ts';

/**
 * Emits the turns, times `sign`, from the first day of the range to the first one after it. So the level on a day is the sum
 * of what was entered by then, less what was left.
 */
export function emitStageTurns(
  catalog: SeriesCatalog,
  history: ProfileHistory,
  { from, to }: DayRange,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  const steps = createStageSteps(catalog, history);
  let before = steps.on(from - 1).state;
  for (let day = from; day <= to && day < Number.POSITIVE_INFINITY;) {
    const { state, next } = steps.on(day);
    if (state !== before) {
      if (before >= 0) emit(before, day, -sign);
      // It has none again only while a day is not loaded.
      if (state >= 0) {
        emit(state, day, sign);
        emit(catalog.transition(before, state), day, sign);
      }
      before = state;
    }
    day = next;
  }
}
