/**
 * What a profile adds to the growth of its groups: on which days it was active at the start of the window, is active, is
 * retained or new, each as a level that turns on few days. A turn depends on the active days around the day, the day a window
 * before, and the relationship; so a change is emitted by walking the turns of the days that it can change.
 */
import { purchaseDaysOf, type DayRange, type PurchaseDays } from './change-range.ts';
import type { Neighbours } from './active-periods.ts';
import type { ProfileGroups } from './group-values.ts';
import { groupMeasures, type GroupingSeries } from './grouping-series.ts';
import type { DayLookup, ProfileHistory } from './profile-history.ts';
import type { ActivitySeries, EmitChange, SeriesCatalog } from './series.ts';

export interface GroupedProfile {
  catalog: SeriesCatalog;
  history: ProfileHistory;
  groups: ProfileGroups;
}

/** The days on which the growth of a window can differ when an active day comes or goes. */
export function growthRange(window: number, day: number, { before, after }: Neighbours): DayRange {
  const own = day + 2 * window;
  // Where the next one is, or was, the first active day, it is or was new.
  return { from: day, to: before === null && after !== null ? Math.max(own, after + window) : own };
}

/** All days. */
export const allDays: DayRange = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

export function emitAllGroupedGrowth(profile: GroupedProfile, sign: 1 | -1, emit: EmitChange): void {
  for (const series of profile.catalog.activities) {
    for (const { window } of series.windows)
      emitGroupedGrowth(profile, { series, window }, allDays, sign, emit);
  }
}

/** Emits the turns, times `sign`, from the first day of the range to the first one after it. */
export function emitGroupedGrowth(
  { catalog, history, groups }: GroupedProfile,
  { series, window }: { series: ActivitySeries; window: number },
  { from, to }: DayRange,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  const days = history.activeDays(series.id);
  const first = days.higher(Number.NEGATIVE_INFINITY);
  if (first === null) return;
  const stateOn = createGrowthState(days, first, window, purchaseDaysOf(catalog, history));
  let before = from > first ? stateOn(from - 1).state : inactive;
  for (let day = Math.max(from, first); day <= to && day < Number.POSITIVE_INFINITY;) {
    const { state, next } = stateOn(day);
    if (state.levels !== before.levels || state.relationship !== before.relationship) {
      for (const grouping of catalog.groupings) {
        const seriesOf = ({ relationship }: GrowthState) =>
          grouping.firstSeries({ activity: series.activity, window, relationship }, groups);
        emitTurn({ grouping, seriesOf, day, sign }, before, state, emit);
      }
    }
    before = state;
    day = next;
  }
}

interface GrowthState {
  /** A bit for each of `groupMeasures`. */
  levels: number;
  /** 0 where no level holds. */
  relationship: number;
}

const inactive: GrowthState = { levels: 0, relationship: 0 };

function emitTurn(
  {
    grouping,
    seriesOf,
    day,
    sign,
  }: { grouping: GroupingSeries; seriesOf: (state: GrowthState) => number; day: number; sign: 1 | -1 },
  before: GrowthState,
  after: GrowthState,
  emit: EmitChange,
): void {
  const isSameGroup =
    !grouping.hasRelationship || before.levels === 0 || before.relationship === after.relationship;
  const shared = isSameGroup ? before.levels & after.levels : 0;
  groupMeasures.forEach((_measure, place) => {
    const bit = 1 << place;
    if ((shared & bit) !== 0) return;
    if ((before.levels & bit) !== 0) emit(seriesOf(before) + place, day, -sign);
    if ((after.levels & bit) !== 0) emit(seriesOf(after) + place, day, sign);
  });
}

/** The levels of a day, and the next day on which they may turn. */
function createGrowthState(
  days: DayLookup,
  first: number,
  window: number,
  purchases: PurchaseDays,
): (day: number) => { state: GrowthState; next: number } {
  return (day) => {
    const last = days.floor(day) ?? Number.NEGATIVE_INFINITY;
    const lastBefore = days.floor(day - window) ?? Number.NEGATIVE_INFINITY;
    const isActive = last + window > day;
    const wasActive = lastBefore + 2 * window > day;
    const isNew = isActive && first + window > day;
    const levels =
      Number(wasActive) |
      (Number(isActive) << 1) |
      (Number(wasActive && isActive) << 2) |
      (Number(isNew) << 3);
    const relationship = levels === 0 || day < purchases[0] ? 0 : day < purchases[1] ? 1 : 2;
    const turns = [
      days.higher(day) ?? Number.POSITIVE_INFINITY,
      (days.higher(day - window) ?? Number.POSITIVE_INFINITY) + window,
      last + window,
      lastBefore + 2 * window,
      first + window,
      ...purchases,
    ];
    return {
      state: { levels, relationship },
      next: Math.min(...turns.filter((turn) => turn > day)),
    };
  };
}
