/** Growth accounting, churn, retention and stage occupancy by plain sets of profiles and days: no intervals, no deltas. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { activityRecords, countedTouchpoints } from './activity-records.ts';
import { dateOf, dayNumber } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import {
  daysByProfile,
  isActive,
  stageHistories,
  type Relationship,
  type StageHistory,
} from './stage-history.ts';
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
  return { growth, stages: stageCounts(stageHistories(counted, options.journeyMap, timeZone), days) };
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

function stageCounts(profiles: readonly StageHistory[], days: readonly number[]): StageCount[] {
  return days.flatMap((day) => {
    const counts = new Map<string, StageCount>();
    for (const stateOn of profiles) {
      const state = stateOn(day);
      if (state === null) continue;
      const { stage, relationship } = state;
      const key = `${stage} ${relationship}`;
      const count = counts.get(key) ?? { day: dateOf(day), stage, relationship, profiles: 0 };
      counts.set(key, { ...count, profiles: count.profiles + 1 });
    }
    return [...counts].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, count]) => count);
  });
}
