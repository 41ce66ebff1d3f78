/**
 * The days on which a change of a profile's history can change its stage, its relationship or its channel: the figures that
 * are functions of these differ nowhere else.
 */
import type { ProfileHistory } from './profile-history.ts';
import type { SeriesCatalog } from './series.ts';

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

/** The days on which the channel may differ when the latest mark of a day changes. */
export function channelRange(history: ProfileHistory, day: number): DayRange {
  return { from: day, to: history.stageDays().higher(day) ?? Number.POSITIVE_INFINITY };
}
