/**
 * How long profiles stay in a stage: a spell is a run of days in one stage, and is counted on the day on which it has ended,
 * by its length and by the relationship on its last day. Lengths beyond the longest are counted as one, which bounds how far
 * a change looks back for the beginning of a spell and ahead for its end.
 */
import type { DayRange } from './change-range.ts';
import type { ProfileHistory } from './profile-history.ts';
import type { EmitChange, SeriesCatalog } from './series.ts';
import { createStageSteps } from './stage-steps.ts';

/**
 * Emits the spells that a change within the range can change, times `sign`. The last of them holds the first day after the
 * range; where it does not end within the longest spell from there, it is a longer one before and after the change.
 */
export function emitStageSpells(
  catalog: SeriesCatalog,
  history: ProfileHistory,
  { from, to }: DayRange,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  const { longestSpell } = catalog;
  const steps = createStageSteps(catalog, history);
  const latest = to + longestSpell;
  let { state } = steps.on(from - 1);
  let start: number | null = null;
  for (let day = from; day <= latest && day < Number.POSITIVE_INFINITY;) {
    const step = steps.on(day);
    if (catalog.stageOf(step.state) !== catalog.stageOf(state)) {
      if (state >= 0) {
        start ??= steps.startOf(from - 1, from - longestSpell - 1);
        emit(catalog.dwell(state, Math.min(day - start, longestSpell + 1)), day, sign);
      }
      if (day > to) return;
      start = day;
    }
    state = step.state;
    day = step.next;
  }
}
