/** Growth accounting, churn, retention and stage occupancy by plain sets of profiles and days: no intervals, no deltas. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { referenceEngagement, referencePurchase } from './activities.ts';
import { activityRecords, countedTouchpoints, type CountedTouchpoint } from './activity-records.ts';
import { dateOf, dayNumber, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import type { World } from './world.ts';

export interface FigureOptions {
  activity: ActivityDefinition;
  windows: readonly number[];
  journeyMap: JourneyMap;
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  /** IANA name; UTC when absent. */
  timeZone?: string;
}

export interface GrowthDay {
  window: number;
  day: string;
  customersAtStart: number;
  active: number;
  retained: number;
  churned: number;
  new: number;
  reactivated: number;
  /** (new + reactivated) / churned; null where none churned. */
  quickRatio: number | null;
  /** Of those at the start; null where there were none. */
  churnRate: number | null;
  retentionRate: number | null;
}

export type Relationship = 'prospect' | 'customer' | 'repeat';

export interface StageCount {
  day: string;
  /** A stage of the journey map, or `lapsed`. */
  stage: string;
  relationship: Relationship;
  /** Never 0. */
  profiles: number;
}

export interface ReferenceFigures {
  /** By window, then day. */
  growth: GrowthDay[];
  /** By day, then stage and relationship as text. */
  stages: StageCount[];
}

export function referenceFigures(
  world: World,
  resolved: ReferenceProfiles,
  options: FigureOptions,
): ReferenceFigures {
  const timeZone = options.timeZone ?? 'UTC';
  const counted = countedTouchpoints(world, resolved, options.journeyMap);
  const days: number[] = [];
  for (let day = dayNumber(options.from); day <= dayNumber(options.to); day += 1) days.push(day);

  const activeDays = daysByProfile(activityRecords(counted, options.activity), timeZone);
  const growth = options.windows.flatMap((window) =>
    days.map((day) => growthOn(day, window, [...activeDays.values()])),
  );
  return { growth, stages: stageCounts(counted, days, options.journeyMap, timeZone) };
}

/** Of identified profiles; a day is there as often as there are records on it. */
function daysByProfile(records: readonly CountedTouchpoint[], timeZone: string): Map<string, number[]> {
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
function isActive(activeDays: readonly number[], day: number, window: number): boolean {
  return activeDays.some((active) => day - window < active && active <= day);
}

function growthOn(day: number, window: number, profiles: readonly number[][]): GrowthDay {
  const start = profiles.filter((days) => isActive(days, day - window, window));
  const active = profiles.filter((days) => isActive(days, day, window));
  const atStart = new Set(start);
  const stillActive = new Set(active);
  const retained = start.filter((days) => stillActive.has(days)).length;
  const churned = start.filter((days) => !stillActive.has(days)).length;
  const arrived = active.filter((days) => !atStart.has(days));
  const isNew = (days: readonly number[]): boolean => Math.min(...days) > day - window;
  const fresh = arrived.filter(isNew).length;
  const reactivated = arrived.length - fresh;
  return {
    window,
    day: dateOf(day),
    customersAtStart: start.length,
    active: active.length,
    retained,
    churned,
    new: fresh,
    reactivated,
    quickRatio: churned === 0 ? null : (fresh + reactivated) / churned,
    churnRate: start.length === 0 ? null : churned / start.length,
    retentionRate: start.length === 0 ? null : retained / start.length,
  };
}

function stageCounts(
  counted: readonly CountedTouchpoint[],
  days: readonly number[],
  map: JourneyMap,
  timeZone: string,
): StageCount[] {
  const purchases = daysByProfile(activityRecords(counted, referencePurchase), timeZone);
  const engagements = daysByProfile(activityRecords(counted, referenceEngagement), timeZone);
  const staged = new Map<string, { day: number; stage: string }[]>();
  for (const { identified, profile, stage, touchpoint } of counted) {
    if (!identified || stage === null) continue;
    const own = staged.get(profile) ?? [];
    own.push({ day: dayOf(touchpoint.occurredAt, timeZone), stage });
    staged.set(profile, own);
  }
  return days.flatMap((day) => {
    const counts = new Map<string, StageCount>();
    for (const [profile, history] of staged) {
      const stage = stageOn(day, history, engagements.get(profile) ?? [], map.lapseDays);
      if (stage === null) continue;
      const relationship = relationshipOn(day, purchases.get(profile) ?? []);
      const key = `${stage} ${relationship}`;
      const count = counts.get(key) ?? { day: dateOf(day), stage, relationship, profiles: 0 };
      counts.set(key, { ...count, profiles: count.profiles + 1 });
    }
    return [...counts].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, count]) => count);
  });
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

function relationshipOn(day: number, purchaseDays: readonly number[]): Relationship {
  const purchases = purchaseDays.filter((purchase) => purchase <= day).length;
  return purchases === 0 ? 'prospect' : purchases === 1 ? 'customer' : 'repeat';
}
