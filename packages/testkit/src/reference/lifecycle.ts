/** Lifecycle by calendar period: each profile's active periods as a set, and each period looked at by itself. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { activityRecords, countedTouchpoints } from './activity-records.ts';
import { dateOf, dayNumber, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import type { World } from './world.ts';

export type ReferencePeriod = 'day' | 'week' | 'month';

export interface LifecycleOptions {
  activity: ActivityDefinition;
  journeyMap: JourneyMap;
  period: ReferencePeriod;
  /** English name in small letters. */
  weekStart: string;
  /** `YYYY-MM-DD`; the periods that hold the two are whole. */
  from: string;
  to: string;
  /** IANA name; UTC when absent. */
  timeZone?: string;
}

export interface ReferenceLifecycle {
  /** First day of the period. */
  start: string;
  new: number;
  returning: number;
  resurrecting: number;
  dormant: number;
}

export function referenceLifecycle(
  world: World,
  resolved: ReferenceProfiles,
  options: LifecycleOptions,
): ReferenceLifecycle[] {
  const { period, weekStart, from, to } = options;
  const profiles = [...activePeriods(world, resolved, options).values()];
  return periodStarts(period, weekStart, from, to).map((start) => {
    const before = periodStartOf(dayNumber(start) - 1, period, weekStart);
    const active = profiles.filter((starts) => starts.has(start));
    const isNew = (starts: Set<string>): boolean => [...starts].every((other) => other >= start);
    const count = (is: (starts: Set<string>) => boolean): number => active.filter(is).length;
    return {
      start,
      new: count(isNew),
      returning: count((starts) => starts.has(before)),
      resurrecting: count((starts) => !isNew(starts) && !starts.has(before)),
      dormant: profiles.filter((starts) => starts.has(before) && !starts.has(start)).length,
    };
  });
}

/** The first days of the periods in which each identified profile had the activity. */
export function activePeriods(
  world: World,
  resolved: ReferenceProfiles,
  options: Omit<LifecycleOptions, 'from' | 'to'>,
): Map<string, Set<string>> {
  const { activity, journeyMap, period, weekStart, timeZone = 'UTC' } = options;
  const starts = new Map<string, Set<string>>();
  for (const { identified, profile, touchpoint } of activityRecords(
    countedTouchpoints(world, resolved, journeyMap),
    activity,
  )) {
    if (!identified) continue;
    const own = starts.get(profile) ?? new Set<string>();
    starts.set(profile, own.add(periodStartOf(dayOf(touchpoint.occurredAt, timeZone), period, weekStart)));
  }
  return starts;
}

/** First days of the periods from the one that holds `from` to the one that holds `to`. */
export function periodStarts(period: ReferencePeriod, weekStart: string, from: string, to: string): string[] {
  const starts = new Set<string>();
  for (let day = dayNumber(from); day <= dayNumber(to); day += 1) {
    starts.add(periodStartOf(day, period, weekStart));
  }
  return [...starts];
}

const knownStarts = new Map<string, string>();

/** Goes back day by day until a period begins. */
export function periodStartOf(day: number, period: ReferencePeriod, weekStart: string): string {
  const name = `${day} ${period} ${weekStart}`;
  let known = knownStarts.get(name);
  if (known === undefined) {
    let start = day;
    while (!beginsPeriod(start, period, weekStart)) start -= 1;
    knownStarts.set(name, (known = dateOf(start)));
  }
  return known;
}

function beginsPeriod(day: number, period: ReferencePeriod, weekStart: string): boolean {
  if (period === 'day') return true;
  if (period === 'month') return dateOf(day).endsWith('-01');
  return weekDayNames[new Date(dateOf(day)).getUTCDay()] === weekStart;
}

const weekDayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
