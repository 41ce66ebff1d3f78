/** The stage and the relationship of each profile on each day, asked one day at a time. */
import type { JourneyMap } from '@throughline/contracts';
import { referenceEngagement, referencePurchase } from './activities.ts';
import { activityRecords, type CountedTouchpoint } from './activity-records.ts';
import { dayOf } from './days.ts';

export type Relationship = 'prospect' | 'customer' | 'repeat';

export interface StageState {
  /** A stage of the journey map, or `lapsed`. */
  stage: string;
  relationship: Relationship;
}

/** By day number; null before the first stage. */
export type StageHistory = (day: number) => StageState | null;

/** Of the identified profiles that have a stage-bearing touchpoint. */
export function stageHistories(
  counted: readonly CountedTouchpoint[],
  map: JourneyMap,
  timeZone: string,
): StageHistory[] {
  const purchases = daysByProfile(activityRecords(counted, referencePurchase), timeZone);
  const engagements = daysByProfile(activityRecords(counted, referenceEngagement), timeZone);
  const staged = new Map<string, { day: number; stage: string }[]>();
  for (const { identified, profile, stage, touchpoint } of counted) {
    if (!identified || stage === null) continue;
    const own = staged.get(profile) ?? [];
    own.push({ day: dayOf(touchpoint.occurredAt, timeZone), stage });
    staged.set(profile, own);
  }
  return [...staged].map(([profile, history]) => (day) => {
    const stage = stageOn(day, history, engagements.get(profile) ?? [], map.lapseDays);
    return stage === null ? null : { stage, relationship: relationshipOn(day, purchases.get(profile) ?? []) };
  });
}

/** Of identified profiles; a day is there as often as there are records on it. */
export function daysByProfile(
  records: readonly CountedTouchpoint[],
  timeZone: string,
): Map<string, number[]> {
  const days = new Map<string, number[]>();
  for (const { identified, profile, touchpoint } of records) {
    if (!identified) continue;
    const own = days.get(profile) ?? [];
    own.push(dayOf(touchpoint.occurredAt, timeZone));
    days.set(profile, own);
  }
  return days;
}

/** Active on d: an active day in (d - window, d]. */
export function isActive(activeDays: readonly number[], day: number, window: number): boolean {
  return activeDays.some((active) => day - window < active && active <= day);
}

/**
 * The stage of the latest stage-bearing touchpoint by the end of the day, unless the profile has lapsed by then; null
 * before the first. One that has not engaged by then lapses from its first stage-bearing day.
 *
 * @param history in the order of (occurredAt, source, id)
 */
function stageOn(
  day: number,
  history: readonly { day: number; stage: string }[],
  engagementDays: readonly number[],
  lapseDays: number,
): string | null {
  const reached = history.filter((touchpoint) => touchpoint.day <= day);
  const [first] = reached;
  const latest = reached.at(-1);
  if (first === undefined || latest === undefined) return null;
  const hasEngaged = engagementDays.some((engaged) => engaged <= day);
  return isActive(hasEngaged ? engagementDays : [first.day], day, lapseDays) ? latest.stage : 'lapsed';
}

export function relationshipOn(day: number, purchaseDays: readonly number[]): Relationship {
  const purchases = purchaseDays.filter((purchase) => purchase <= day).length;
  return purchases === 0 ? 'prospect' : purchases === 1 ? 'customer' : 'repeat';
}
