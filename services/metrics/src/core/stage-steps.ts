/**
 * The stage of a profile as a function of days: that of its latest stage-bearing day, or `lapsed` without engagement for
 * `lapseDays`, by its relationship. A step function: the days on which it may turn are found from one to the next, so a
 * question costs a few looks at the history, however long it is.
 */
import { purchaseDaysOf } from './change-range.ts';
import type { ProfileHistory } from './profile-history.ts';
import { lapsedStage, type SeriesCatalog } from './series.ts';

export interface StageStep {
  /** The occupancy series that the profile is in on the day; -1 for none. */
  state: number;
  /** The next day on which that may change. */
  next: number;
}

export interface StageSteps {
  on(day: number): StageStep;
  /**
   * The first day of the spell of days in one stage that holds the day; of one that is longer than to `earliest`, some day
   * of it that is not after that.
   */
  startOf(day: number, earliest: number): number;
}

export function createStageSteps(catalog: SeriesCatalog, history: ProfileHistory): StageSteps {
  const purchases = purchaseDaysOf(catalog, history);
  const { lapseDays } = catalog.settings.journeyMap;
  const stageDays = history.stageDays();
  const engagement = history.activeDays(catalog.engagement);

  /** The first day without engagement for so long, counted from the last one up to the day, or else from the first stage. */
  function lapseAfter(day: number, stageDay: number): number {
    const start = engagement.floor(day) ?? stageDays.higher(Number.NEGATIVE_INFINITY) ?? stageDay;
    return start + lapseDays;
  }

  function on(day: number): StageStep {
    const stageDay = stageDays.floor(day);
    const nextStageDay = stageDays.higher(day) ?? Number.POSITIVE_INFINITY;
    if (stageDay === null) return { state: -1, next: nextStageDay };
    const lapse = lapseAfter(day, stageDay);
    const relationship = day < purchases[0] ? 0 : day < purchases[1] ? 1 : 2;
    // While a day is not loaded, its mark is missing; the batch is applied again when it is.
    const stage = day < lapse ? history.markOn(stageDay)?.stage : lapsedStage;
    return {
      state: catalog.occupancy.get(stage ?? '')?.[relationship] ?? -1,
      next: Math.min(
        nextStageDay,
        engagement.higher(day) ?? Number.POSITIVE_INFINITY,
        laterThan(day, lapse),
        laterThan(day, purchases[0]),
        laterThan(day, purchases[1]),
      ),
    };
  }

  /** The last day up to the given one on which the stage may have changed. */
  function lastTurn(day: number): number {
    const stageDay = stageDays.floor(day) ?? Number.NEGATIVE_INFINITY;
    const lapse = lapseAfter(day, stageDay);
    return Math.max(
      stageDay,
      engagement.floor(day) ?? Number.NEGATIVE_INFINITY,
      lapse <= day ? lapse : Number.NEGATIVE_INFINITY,
    );
  }

  function startOf(day: number, earliest: number): number {
    const stage = catalog.stageOf(on(day).state);
    let start = lastTurn(day);
    while (start > earliest && catalog.stageOf(on(start - 1).state) === stage) start = lastTurn(start - 1);
    return start;
  }

  return { on, startOf };
}

function laterThan(day: number, turn: number): number {
  return turn > day ? turn : Number.POSITIVE_INFINITY;
}
