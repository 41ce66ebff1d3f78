/**
 * The stage of a profile as a function of days: that of its latest stage-bearing day, or `lapsed` without engagement for
 * `lapseDays`, by its relationship. Changed locally: what a change of the history adds to the figures is the difference of
 * the function on the days that the change can reach, and the days on which it turns are found from one to the next.
 */
import type { ProfileHistory } from './profile-history.ts';
import { lapsedStage, type EmitChange, type SeriesCatalog } from './series.ts';

/** Half-open. */
export interface DayRange {
  from: number;
  to: number;
}

/** The days of the first and of the second purchase, infinite where there is none. */
export type PurchaseDays = readonly [first: number, second: number];

export function purchaseDaysOf({ purchase }: SeriesCatalog, history: ProfileHistory): PurchaseDays {
  const days = history.activeDays(purchase);
  const first = days.higher(Number.NEGATIVE_INFINITY);
  if (first === null) return [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (history.countOn(purchase, first) > 1) return [first, first];
  return [first, days.higher(first) ?? Number.POSITIVE_INFINITY];
}

/** The days on which the relationship differs; null where there are none. */
export function relationshipRange(before: PurchaseDays, after: PurchaseDays): DayRange | null {
  const moved = [0, 1].filter((place) => before[place] !== after[place]);
  if (moved.length === 0) return null;
  const days = moved.flatMap((place) => [before[place] as number, after[place] as number]);
  return { from: Math.min(...days), to: Math.max(...days) };
}

/**
 * The days on which the lapse may differ when a day of engagement comes or goes; null where there are none.
 *
 * @param history with or without the day
 */
export function engagementRange(
  { engagement, settings }: SeriesCatalog,
  history: ProfileHistory,
  day: number,
): DayRange | null {
  const { lapseDays } = settings.journeyMap;
  const days = history.activeDays(engagement);
  const before = days.floor(day - 1);
  const after = days.higher(day);
  if (before === null) {
    // Before the first engagement a profile counts from its first stage-bearing day on.
    const firstStage = history.stageDays().higher(Number.NEGATIVE_INFINITY);
    return firstStage === null ? null : { from: day, to: Math.max(day, firstStage) + lapseDays };
  }
  const from = Math.max(day, before + lapseDays);
  const to = Math.min(day + lapseDays, after ?? Number.POSITIVE_INFINITY);
  return from < to ? { from, to } : null;
}

/**
 * The days on which the stage or the lapse may differ when the latest mark of a day changes.
 *
 * @param turnsStageDay whether the day becomes or stops being a stage-bearing one
 */
export function markRange(
  history: ProfileHistory,
  day: number,
  turnsStageDay: boolean,
  lapseDays: number,
): DayRange {
  const days = history.stageDays();
  const next = days.higher(day);
  if (next === null) return { from: day, to: Number.POSITIVE_INFINITY };
  const isFirst = turnsStageDay && days.floor(day - 1) === null;
  return { from: day, to: isFirst ? next + lapseDays : next };
}

/** Emits the function, times `sign`, on the days of the range. */
export function emitOccupancy(
  catalog: SeriesCatalog,
  history: ProfileHistory,
  { from, to }: DayRange,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  const purchases = purchaseDaysOf(catalog, history);
  let current = -1;
  for (let day = from; day < to;) {
    const { series, next } = occupancyOn(catalog, history, purchases, day);
    if (series !== current) {
      if (current >= 0) emit(current, day, -sign);
      if (series >= 0) emit(series, day, sign);
      current = series;
    }
    day = next;
  }
  if (current >= 0 && to < Number.POSITIVE_INFINITY) emit(current, to, -sign);
}

/** The series that the profile is in on the day, -1 for none; and the next day on which that may change. */
function occupancyOn(
  catalog: SeriesCatalog,
  history: ProfileHistory,
  purchases: PurchaseDays,
  day: number,
): { series: number; next: number } {
  const { lapseDays } = catalog.settings.journeyMap;
  const stageDays = history.stageDays();
  const stageDay = stageDays.floor(day);
  const nextStageDay = stageDays.higher(day) ?? Number.POSITIVE_INFINITY;
  if (stageDay === null) return { series: -1, next: nextStageDay };
  const engagement = history.activeDays(catalog.engagement);
  const start = engagement.floor(day) ?? stageDays.higher(Number.NEGATIVE_INFINITY) ?? stageDay;
  const lapse = start + lapseDays;
  const relationship = day < purchases[0] ? 0 : day < purchases[1] ? 1 : 2;
  // While a day is not loaded, its mark is missing; the batch is applied again when it is.
  const stage = day < lapse ? history.markOn(stageDay)?.stage : lapsedStage;
  return {
    series: catalog.occupancy.get(stage ?? '')?.[relationship] ?? -1,
    next: Math.min(
      nextStageDay,
      engagement.higher(day) ?? Number.POSITIVE_INFINITY,
      laterThan(day, lapse),
      laterThan(day, purchases[0]),
      laterThan(day, purchases[1]),
    ),
  };
}

function laterThan(day: number, turn: number): number {
  return turn > day ? turn : Number.POSITIVE_INFINITY;
}
