/** How often active profiles come back, by looking at each profile and each day of each window. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { activityRecords, countedTouchpoints } from './activity-records.ts';
import { dateOf, dayNumber, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import type { World } from './world.ts';

export interface StickinessOptions {
  activity: ActivityDefinition;
  journeyMap: JourneyMap;
  /** Days. */
  window: number;
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
}

export interface ReferenceStickiness {
  day: string;
  activeOnDay: number;
  active: number;
  profileDays: number;
}

export function referenceStickiness(
  world: World,
  resolved: ReferenceProfiles,
  { activity, journeyMap, window, from, to }: StickinessOptions,
): ReferenceStickiness[] {
  const counted = countedTouchpoints(world, resolved, journeyMap);
  const records = activityRecords(counted, activity).filter(({ identified }) => identified);
  const profiles = [...Map.groupBy(records, ({ profile }) => profile).values()].map(
    (own) => new Set(own.map(({ touchpoint }) => dayOf(touchpoint.occurredAt, 'UTC'))),
  );
  return Array.from({ length: dayNumber(to) - dayNumber(from) + 1 }, (_value, index) => {
    const day = dayNumber(from) + index;
    const days = profiles.map((own) => [...own].filter((one) => day - window < one && one <= day));
    return {
      day: dateOf(day),
      activeOnDay: profiles.filter((own) => own.has(day)).length,
      active: days.filter(({ length }) => length > 0).length,
      profileDays: days.reduce((sum, { length }) => sum + length, 0),
    };
  });
}
